/** Tells runs over one home that its disk has become full while they worked. */
export interface DiskWatch {
  /** For the home: called for each write that finds the disk full. */
  onDiskFull(): void;
  /**
   * Begins a run. The function that it returns says whether the disk has been full since, so that
   * the run must ask nothing new.
   */
  begin(): () => boolean;
}

/** `tell` is called once for each time that the disk becomes full while something runs. */
export function watchDisk(tell: () => void = () => undefined): DiskWatch {
  let timesFull = 0;
  let isTold = false;
  return {
    onDiskFull() {
      timesFull += 1;
      if (!isTold) tell();
      isTold = true;
    },
    begin() {
      const before = timesFull;
      isTold = false;
      return () => timesFull > before;
    },
  };
}
