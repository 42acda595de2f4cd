/**
 * Where NATS is, as one text that fits an environment variable:
 *
 *   nats://user:password@host:4222,host:4222     or nats://token@host; encrypted where the server offers it
 *   tls://…                                      the same, and never without encryption
 *
 * Further servers of a cluster are found through any of them.
 */
import { eventError } from "../errors.ts";

export interface NatsAddress {
  /** `host:port` */
  readonly servers: readonly string[];
  readonly isTlsRequired: boolean;
  readonly credentials: { readonly user: string; readonly pass: string } | { readonly token: string } | undefined;
}

const shape = /^(nats|tls):\/\/(?:([^@/]*)@)?([^/?#@]+)\/?$/;
const defaultPort = 4222;

/** Raises `BUS_ADDRESS_INVALID`; its words never hold a password or token. */
export function readNatsAddress(text: string): NatsAddress {
  const found = shape.exec(text);
  if (found === null) throw invalid("it is none like nats://host:4222 or tls://user:password@host:4222,host:4222");
  const [, scheme, userInfo, hosts = ""] = found;
  return {
    servers: hosts.split(",").map(readServer),
    isTlsRequired: scheme === "tls",
    credentials: userInfo === undefined || userInfo === "" ? undefined : readCredentials(userInfo),
  };
}

function readServer(text: string): string {
  const [, host, port] = /^(\[[\da-f:.]+\]|[^:[\]]+)(?::(\d+))?$/i.exec(text) ?? [];
  const number = port === undefined ? defaultPort : Number(port);
  if (host === undefined || number > 65_535) throw invalid("one of its servers is not written as host:port");
  return `${host}:${number}`;
}

function readCredentials(userInfo: string): NatsAddress["credentials"] {
  const [first = "", ...rest] = userInfo.split(":");
  return rest.length === 0 ? { token: decode(first) } : { user: decode(first), pass: decode(rest.join(":")) };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw invalid("its user, password or token has a % that stands for nothing: write %25 for one");
  }
}

function invalid(problem: string): Error {
  return eventError("BUS_ADDRESS_INVALID", `the address of the NATS cannot be read: ${problem}`);
}
