/**
 * Where a Redis is, as one text that fits an environment variable:
 *
 *   redis://user:password@host:6379/0                        one server; `rediss://` with TLS
 *   redis+sentinel://:password@host:26379,host:26379/name    the master of that name, whichever server it is now
 *   redis+cluster://:password@host:7000,host:7001            a cluster, found through any of its nodes
 *
 * `rediss+…` is the same with TLS. Whatever stands before the `@` is for the servers that hold the data.
 */
import { redisError } from "./errors.ts";

export type RedisAddress = Credentials &
  (
    | { readonly kind: "single"; readonly host: string; readonly port: number; readonly db: number }
    | { readonly kind: "sentinel"; readonly nodes: readonly RedisNode[]; readonly master: string }
    | { readonly kind: "cluster"; readonly nodes: readonly RedisNode[] }
  );

interface RedisNode {
  readonly host: string;
  readonly port: number;
}

interface Credentials {
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

const shape = /^redis(s)?(?:\+(sentinel|cluster))?:\/\/(?:([^@/]*)@)?([^/?#]+)(?:\/([^?#]*))?$/;
const defaultPorts = { single: 6379, sentinel: 26379, cluster: 6379 } as const;

/** Raises `REDIS_ADDRESS_INVALID`; its words never hold the password. */
export function readRedisAddress(text: string): RedisAddress {
  const found = shape.exec(text);
  if (found === null) {
    throw invalid("it is none of redis://host:6379, redis+sentinel://host:26379/master, redis+cluster://host:7000");
  }
  const [, secure, form, userInfo, hosts = "", path = ""] = found;
  const kind = (form ?? "single") as RedisAddress["kind"];
  const nodes = hosts.split(",").map((node) => readNode(node, defaultPorts[kind]));
  const credentials: Credentials = { tls: secure !== undefined, ...readCredentials(userInfo) };
  const [first] = nodes;
  if (kind === "single") {
    if (first === undefined || nodes.length > 1) {
      throw invalid("it names several servers: say with redis+sentinel:// or redis+cluster:// what they are");
    }
    return { kind, ...first, db: readDatabase(path), ...credentials };
  }
  if (kind === "sentinel") {
    if (path === "") throw invalid("it names no master: end it with /name, as the sentinels call it");
    return { kind, nodes, master: decodeURIComponent(path), ...credentials };
  }
  if (path !== "" && path !== "0") throw invalid("a cluster has no numbered databases: leave the path out");
  return { kind, nodes, ...credentials };
}

function readNode(text: string, defaultPort: number): RedisNode {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const number = port === undefined ? defaultPort : Number(port);
  if (host === undefined || number > 65_535) throw invalid("one of its servers is not written as host:port");
  return { host, port: number };
}

function readDatabase(path: string): number {
  if (path === "") return 0;
  if (!/^\d{1,5}$/.test(path)) throw invalid("what follows the server is the number of a database, such as /0");
  return Number(path);
}

function readCredentials(userInfo: string | undefined): Pick<Credentials, "username" | "password"> {
  if (userInfo === undefined) return { username: undefined, password: undefined };
  const [name = "", ...rest] = userInfo.split(":");
  const text = (part: string): string | undefined => (part === "" ? undefined : decode(part));
  return { username: text(name), password: text(rest.join(":")) };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw invalid("its user or password has a % that stands for nothing: write %25 for one");
  }
}

function invalid(problem: string): Error {
  return redisError("REDIS_ADDRESS_INVALID", `the address of the Redis cannot be read: ${problem}`);
}
