import type { Happening, Schedule, Weather } from './schedule.ts';

/** A schedule that went wrong once, found at random and shrunk. */
interface OnceWrong {
  what: string;
  schedule: Schedule;
}

const ROUGH = { lostRequest: 0.006, lostAnswer: 0.004, lateWrite: 0.04, staleRead: 0.04 };
const CLEAR = { lostRequest: 0, lostAnswer: 0, lateWrite: 0, staleRead: 0 };
const LATE = { lostRequest: 0.006, lostAnswer: 0.004, lateWrite: 0.004, staleRead: 0.04 };
const STALE = { lostRequest: 0, lostAnswer: 0, lateWrite: 0, staleRead: 0.2 };

type Step = [what: Happening['what'], afterMs: number, luck: number];

function scheduleOf(seed: number, steps: readonly Step[], weather: Weather = ROUGH): Schedule {
  const happenings = steps.map(([what, afterMs, luck]) => ({ what, afterMs, luck }));
  return { seed, weather, happenings };
}

const AFTER_SPLITS: readonly Step[] = [
  ['old_copy', 10443, 1010684396],
  ['run', 89401, 1676450308],
  ['share', 3017, 653485896],
  ['share', 8063, 2034782711],
  ['old_copy', 9353, 107509309],
  ['put_state_back', 335, 1552321297],
  ['split', 218573, 1827968429],
  ['consent', 9326, 1863788356],
  ['run', 208940, 987294652],
  ['code', 11385, 774551156],
  ['run', 108493, 1209301075],
  ['split', 2014, 340688595],
  ['old_copy', 9284, 1044402412],
];

/** Each of these lost a credential or an edit. */
export const onceWrong: readonly OnceWrong[] = [
  {
    what: 'the lease ended while a commit planned: a code left the map before what it had brought',
    schedule: scheduleOf(301000121, [
      ['run', 8164, 1438979495],
      ['copy_to_other_shard', 980, 140312122],
      ['run', 215877, 351132654],
      ['code', 3067, 505911301],
      ['crash', 5617, 2115990771],
      ['run', 6837, 517721843],
      ['run', 514, 1418820273],
      ['run', 11460, 1023682997],
      ['run', 8664, 1202975279],
      ['run', 3929, 1516609731],
      ['freeze', 7961, 563343739],
      ['crash', 6985, 2006701015],
      ['freeze', 5482, 599702467],
      ['remove', 99018, 1435940807],
      ['run', 8939, 2029395010],
      ['freeze', 9599, 708502054],
      ['freeze', 8030, 1361767948],
    ]),
  },
  {
    what: 'a split that had begun carried an old copy to its target',
    schedule: scheduleOf(201000007, [
      ['share', 304, 1288680732],
      ['run', 10246, 643280895],
      ['run', 11452, 1277129665],
      ['run', 5480, 1272488012],
      ['run', 75286, 90213618],
      ['consent', 5355, 1373173026],
      ['split', 203246, 1574556403],
      ['run', 7380, 28938357],
      ['outage', 1882, 908718370],
      ['run', 6592, 1924890355],
      ['run', 3434, 10875197],
      ['run', 10468, 551717515],
      ['rollback', 57204, 1348408081],
    ]),
  },
  {
    what: 'an old copy kept the family of a moved tenant where nobody asks for it',
    schedule: scheduleOf(
      4711000237,
      [
        ['old_copy', 5477, 2031950331],
        ['split', 194595, 1907768064],
        ['run', 1179, 434185007],
        ['rollback', 7830, 715593779],
        ['run', 7527, 501699121],
        ['copy_to_other_shard', 8555, 1140240073],
        ['run', 114522, 1459805125],
        ['move_to_other_shard', 6846, 482694884],
        ['run', 834, 1537940712],
        ['move_to_other_shard', 5554, 437333887],
        ['old_copy', 11623, 557094146],
      ],
      STALE,
    ),
  },
  {
    what: 'a split that began again undid what its tenant had consented to in the target',
    schedule: {
      ...scheduleOf(447000128, AFTER_SPLITS, CLEAR),
      begins: 'after_0.1',
    },
  },
  {
    what: 'a tenant was given a spent credential, and that outranked an answer that landed late',
    schedule: scheduleOf(593372000934, [
      ['run', 9709, 471378098],
      ['run', 182765, 307547037],
      ['run', 5983, 738059922],
      ['old_copy', 211901, 423420043],
      ['run', 5626, 1893182982],
      ['crash', 11966, 923079427],
      ['share', 6522, 339181289],
      ['run', 9201, 1911131418],
      ['run', 216145, 301111108],
    ]),
  },
  {
    what: 'a platform issued again what a shard had given back, and nobody could claim it',
    schedule: scheduleOf(
      2003275,
      [
        ['run', 35188, 1728887825],
        ['consent', 4072, 818037507],
        ['run', 4344, 1812552527],
        ['command', 8557, 1594020091],
        ['crash', 11346, 403279746],
        ['split', 93397, 743708007],
        ['split', 213461, 1559648470],
      ],
      LATE,
    ),
  },
];
