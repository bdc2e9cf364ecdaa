/** Tells runs over one home that its disk has become full while they worked. */
export interface DiskWatch {
  /** The home calls it for each write that finds the disk full. */
  onDiskFull(): void;
  /**
   * Begins a run. The function that it returns says whether the disk has been full since, so that
   * the run must ask nothing new.
   */
  begin(): () => boolean;
}

/**
 * Watches for a full disk. Calls `tell` once for each time that the disk becomes full while
 * something runs.
 */
export function watchDisk(tell: () => void = () => undefined): DiskWatch {
  let timesFull = 0;
  let isTold = false;
  return {
    onDiskFull() {
      timesFull += 1;
      if (!isTold) {
        tell();
      }
      isTold = true;
    },
    begin() {
      const before = timesFull;
      isTold = false;
      return () => timesFull > before;
    },
  };
}
