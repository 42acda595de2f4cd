import { destination, type Logger, pino } from "pino";

/** JSON lines on standard error; standard output belongs to what the command prints for people. */
export function createLogger(level: string): Logger {
  return pino({ level, base: null }, destination({ dest: 2, sync: true }));
}
