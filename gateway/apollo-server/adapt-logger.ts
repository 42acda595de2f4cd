import type { Logger } from "../observability/logger.ts";

/** Apollo's logger: `console`, loglevel, winston, pino and others fit. */
export interface ApolloLogger {
  debug(message?: unknown): void;
  info(message?: unknown): void;
  warn(message?: unknown): void;
  error(message?: unknown): void;
}

/** As ApolloGateway does without a logger: warnings and errors only. */
export const consoleLogger: ApolloLogger = Object.freeze({
  debug: () => undefined,
  info: () => undefined,
  warn: (message: unknown) => console.warn(message),
  error: (message: unknown) => console.error(message),
});

/** One text a line, the fields behind the message: `reload failed {"generation":1}`. */
export function adaptLogger(target: ApolloLogger): Logger {
  return {
    debug: (fields, message) => target.debug(printLine(fields, message)),
    info: (fields, message) => target.info(printLine(fields, message)),
    warn: (fields, message) => target.warn(printLine(fields, message)),
    error: (fields, message) => target.error(printLine(fields, message)),
  };
}

function printLine({ err, ...fields }: Readonly<Record<string, unknown>>, message: string): string {
  const cause = err === undefined ? "" : `\n${err instanceof Error ? (err.stack ?? err.message) : String(err)}`;
  return `${message}${Object.keys(fields).length === 0 ? "" : ` ${JSON.stringify(fields)}`}${cause}`;
}
