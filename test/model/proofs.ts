import type { Schedule } from './schedule.ts';

/** A schedule that the product bears, and that goes wrong where a rule is taken out. */
interface Proof {
  rule: string;
  schedule: Schedule;
}

const CALM = { lostRequest: 0, lostAnswer: 0, lateWrite: 0, staleRead: 0 };

/** One small schedule for each mutant, found at random and shrunk. */
export const proofs: readonly Proof[] = [
  {
    rule: 'no-born',
    schedule: {
      seed: 1,
      weather: CALM,
      happenings: [
        { what: 'share', afterMs: 15000, luck: 369856486 },
        { what: 'run', afterMs: 1000, luck: 752114535 },
        { what: 'consent', afterMs: 20000, luck: 515921133 },
        { what: 'run', afterMs: 20000, luck: 1280437231 },
        { what: 'share', afterMs: 20000, luck: 1662695280 },
      ],
    },
  },
  {
    rule: 'no-known-index',
    schedule: {
      seed: 2000001,
      weather: { lostRequest: 0.006, lostAnswer: 0.004, lateWrite: 0.04, staleRead: 0.04 },
      happenings: [{ what: 'copy_to_other_shard', afterMs: 9611, luck: 621768940 }],
    },
  },
  {
    rule: 'no-marker',
    schedule: {
      seed: 31,
      weather: CALM,
      happenings: [
        { what: 'run', afterMs: 15000, luck: 2097732582 },
        { what: 'put_state_back', afterMs: 2279, luck: 1479281131 },
        { what: 'run', afterMs: 903, luck: 96313582 },
        { what: 'run', afterMs: 60000, luck: 1243087729 },
      ],
    },
  },
  {
    rule: 'no-watch',
    schedule: {
      seed: 2000016,
      weather: { lostRequest: 0.006, lostAnswer: 0.004, lateWrite: 0.004, staleRead: 0.04 },
      happenings: [
        { what: 'run', afterMs: 5587, luck: 1047608773 },
        { what: 'run', afterMs: 1337, luck: 216648120 },
        { what: 'season', afterMs: 7005, luck: 9861350 },
      ],
    },
  },
  {
    rule: 'no-keep-offering',
    schedule: {
      seed: 2000045,
      weather: { lostRequest: 0.006, lostAnswer: 0.004, lateWrite: 0.004, staleRead: 0.04 },
      happenings: [
        { what: 'run', afterMs: 132885, luck: 878393430 },
        { what: 'rollback', afterMs: 15774, luck: 1602675070 },
        { what: 'run', afterMs: 11329, luck: 2118236440 },
        { what: 'outage', afterMs: 5502, luck: 1300614024 },
        { what: 'run', afterMs: 162956, luck: 369238172 },
      ],
    },
  },
  {
    rule: 'no-refile',
    schedule: {
      seed: 1,
      weather: CALM,
      happenings: [
        { what: 'season', afterMs: 60000, luck: 1967274408 },
        { what: 'run', afterMs: 1000, luck: 202048810 },
        { what: 'run', afterMs: 20000, luck: 584306859 },
        { what: 'season', afterMs: 60000, luck: 966564908 },
        { what: 'run', afterMs: 1000, luck: 1348822957 },
        { what: 'run', afterMs: 20000, luck: 1494887604 },
        { what: 'season', afterMs: 60000, luck: 1877145653 },
      ],
    },
  },
  {
    rule: 'no-deep-look',
    schedule: {
      seed: 1,
      weather: { lostRequest: 0, lostAnswer: 0, lateWrite: 0.3, staleRead: 0 },
      happenings: [
        { what: 'run', afterMs: 15000, luck: 1529080467 },
        { what: 'crash', afterMs: 7078, luck: 1911338516 },
        { what: 'run', afterMs: 20000, luck: 146112918 },
        { what: 'run', afterMs: 400000, luck: 1821209761 },
      ],
    },
  },
  {
    rule: 'no-doubt',
    schedule: {
      seed: 8,
      weather: CALM,
      happenings: [
        { what: 'run', afterMs: 15000, luck: 2097732582 },
        { what: 'outage', afterMs: 4438, luck: 590443415 },
        { what: 'crash', afterMs: 14000, luck: 972701464 },
      ],
    },
  },
  {
    rule: 'no-claim',
    schedule: {
      seed: 2000001,
      weather: { lostRequest: 0.006, lostAnswer: 0.004, lateWrite: 0.04, staleRead: 0.04 },
      happenings: [{ what: 'copy_to_other_shard', afterMs: 9611, luck: 621768940 }],
    },
  },
  {
    rule: 'no-take-over',
    schedule: {
      seed: 11,
      weather: CALM,
      begins: 'after_0.1',
      happenings: [
        { what: 'run', afterMs: 77, luck: 1979342848 },
        { what: 'run', afterMs: 145670, luck: 1039627034 },
        { what: 'old_copy', afterMs: 2597, luck: 5 },
      ],
    },
  },
];
