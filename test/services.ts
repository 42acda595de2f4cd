/**
 * The real servers that service tests talk to. A missing one skips the test with a visible reason; with
 * DATAMESH_REQUIRE_SERVICES=1, as in CI, it fails instead.
 */
import { connect } from "node:net";

interface Service {
  readonly name: string;
  readonly url: string;
  /** Why the service cannot be used, or undefined when it answers. */
  readonly missing: string | undefined;
}

const required = process.env.DATAMESH_REQUIRE_SERVICES === "1";

/** PostgreSQL at DATABASE_URL, by default the one on its usual port. */
export function postgres(): Promise<Service> {
  return find("PostgreSQL", process.env.DATABASE_URL ?? "postgres://postgres@127.0.0.1:5432/test", 5432);
}

/** Redis at REDIS_URL, by default the one on its usual port. */
export function redis(): Promise<Service> {
  return find("Redis", process.env.REDIS_URL ?? "redis://127.0.0.1:6379", 6379);
}

/** NATS with JetStream at NATS_URL, by default the one on its usual port. */
export function nats(): Promise<Service> {
  return find("NATS", process.env.NATS_URL ?? "nats://127.0.0.1:4222", 4222);
}

async function find(name: string, url: string, defaultPort: number): Promise<Service> {
  const { hostname, port } = new URL(url);
  const reachable = await answers(hostname, port === "" ? defaultPort : Number(port));
  if (!reachable && required) throw new Error(`${name} is required (DATAMESH_REQUIRE_SERVICES=1) but does not answer`);
  return { name, url, missing: reachable ? undefined : `${name} does not answer on its configured address` };
}

function answers(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (reachable: boolean): void => {
      socket.destroy();
      resolve(reachable);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });
}
