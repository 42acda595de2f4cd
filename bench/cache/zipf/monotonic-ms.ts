/**
 * Milliseconds of the machine's monotonic clock (CLOCK_MONOTONIC, from which Node.js takes `hrtime`). It counts from the
 * machine's start, not from the process's, and nobody sets it: what one process of the bench reads can be compared with what
 * another one reads, to the microsecond.
 */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
