/**
 * One connection to NATS for what the mesh may do without for a while: a command fails at once while NATS is gone, and within
 * its time otherwise; a connection whose commands time out is replaced, and a lost one is made again in the background, for
 * ever. Trouble is logged at most once a second, and its end once, without addresses and contents.
 */
import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from "@nats-io/jetstream";
import {
  type ConnectionOptions,
  connect,
  type NatsConnection as Driver,
  type Msg,
  type Subscription,
  TimeoutError,
} from "@nats-io/transport-node";
import { ClientError } from "#schema";
import type { BusObserver } from "../bus-options.ts";
import { type Clock, systemClock } from "../clock.ts";
import { eventError } from "../errors.ts";
import type { NatsAddress } from "./address.ts";

export interface NatsServer {
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  /** Bytes of a message that it takes, with headers. */
  maxPayload(): number;
}

export interface NatsConnection {
  /** Rejects with `BUS_UNAVAILABLE`, unless it is an error of ours, or `isExpected` takes it for an answer: then with that. */
  run<T>(command: (server: NatsServer) => Promise<T>, isExpected?: (error: unknown) => boolean): Promise<T>;
  /** To whoever listens now; nobody knows whether it gets there. */
  tell(subject: string, text: string): void;
  listen(subject: string, heard: (text: string) => void): () => void;
  close(): Promise<void>;
}

interface Listener {
  readonly subject: string;
  readonly heard: (text: string) => void;
}

const connectTimeoutMs = 1_000;
const reconnectEveryMs = 500;
const maxTimeouts = 3;
const logEveryMs = 1_000;

/** Resolves when it is connected or cannot be for now. @param onConnected called whenever it is, again too. */
export async function connectToNats(
  address: NatsAddress,
  timeoutMs: number,
  { logger, onState }: BusObserver,
  onConnected: () => void,
  clock: Clock = systemClock,
): Promise<NatsConnection> {
  const closing = new AbortController();
  const listeners = new Set<Listener>();
  const subscriptions = new Map<Listener, Subscription>();
  let driver: Driver | undefined;
  let server: NatsServer | undefined;
  let isUp = false;
  let isDown = false;
  let timeouts = 0;
  let loggedAt = Number.NEGATIVE_INFINITY;

  const complain = (error: unknown): void => {
    isDown = true;
    onState?.(false);
    if (clock.now() - loggedAt < logEveryMs) return;
    loggedAt = clock.now();
    logger.warn({ reason: describe(error) }, "NATS does not answer as it should; the mesh goes on without it");
  };
  const recover = (): void => {
    timeouts = 0;
    onState?.(true);
    if (isDown) logger.info({}, "NATS answers again");
    isDown = false;
  };
  const connected = (): void => {
    isUp = true;
    onConnected();
    recover();
  };

  /** Connects, and again when the driver, which connects again by itself, has given up. */
  const stayConnected = async (tried: () => void): Promise<void> => {
    while (!closing.signal.aborted) {
      try {
        driver = await connect(optionsOf(address));
        await use(driver, tried);
      } catch (error) {
        complain(error);
      }
      isUp = false;
      tried();
      await clock.sleep(reconnectEveryMs, closing.signal);
    }
  };
  /** Resolves when it is closed. */
  const use = async (current: Driver, connectedFirst: () => void): Promise<void> => {
    if (closing.signal.aborted) return current.close();
    for (const listener of listeners) subscribe(current, listener);
    const jsm = await jetstreamManager(current, { checkAPI: false, timeout: timeoutMs });
    server = {
      js: jetstream(current, { timeout: timeoutMs }),
      jsm,
      maxPayload: () => current.info?.max_payload ?? Number.POSITIVE_INFINITY,
    };
    connected();
    connectedFirst();
    for await (const status of current.status()) {
      if (status.type === "disconnect") isUp = false;
      if (status.type === "disconnect" || status.type === "error")
        complain("error" in status ? status.error : undefined);
      if (status.type === "reconnect") connected();
    }
  };

  const tried = Promise.withResolvers<void>();
  void stayConnected(tried.resolve);
  await tried.promise;

  return {
    async run(command, isExpected = () => false) {
      if (!isUp || server === undefined) throw unavailable(undefined);
      try {
        const answer = await command(server);
        if (isDown && isUp) recover();
        timeouts = 0;
        return answer;
      } catch (error) {
        if (error instanceof ClientError || isExpected(error)) throw error;
        complain(error);
        timeouts = error instanceof TimeoutError ? timeouts + 1 : 0;
        if (timeouts >= maxTimeouts) {
          timeouts = 0;
          isUp = false;
          await driver?.reconnect();
        }
        throw unavailable(error);
      }
    },
    tell(subject, text) {
      if (isUp && driver?.isClosed() === false) driver.publish(subject, text);
    },
    listen(subject, heard) {
      const listener = { subject, heard };
      listeners.add(listener);
      if (driver?.isClosed() === false) subscribe(driver, listener);
      return () => {
        listeners.delete(listener);
        if (driver?.isClosed() === false) subscriptions.get(listener)?.unsubscribe();
        subscriptions.delete(listener);
      };
    },
    async close() {
      closing.abort();
      if (driver === undefined) return;
      // What was told last is still on its way.
      if (isUp) await Promise.race([driver.flush().catch(() => undefined), clock.sleep(connectTimeoutMs)]);
      await driver.close();
    },
  };

  function subscribe(to: Driver, listener: Listener): void {
    const callback = (error: Error | null, message: Msg): void => {
      if (error === null) listener.heard(message.string());
    };
    subscriptions.set(listener, to.subscribe(listener.subject, { callback }));
  }
}

function optionsOf({ servers, isTlsRequired, credentials }: NatsAddress): ConnectionOptions {
  return {
    servers: [...servers],
    ...credentials,
    ...(isTlsRequired ? { tls: {} } : {}),
    name: "datamesh",
    timeout: connectTimeoutMs,
    maxReconnectAttempts: -1,
    reconnectTimeWait: reconnectEveryMs,
    // A password that is being changed may be right again later.
    ignoreAuthErrorAbort: true,
    // Notices a connection that is silent while nothing is asked.
    pingInterval: 5_000,
    maxPingOut: 2,
    noAsyncTraces: true,
  };
}

function unavailable(cause: unknown): Error {
  return eventError("BUS_UNAVAILABLE", "the event bus does not answer: NATS", cause);
}

/** `ECONNREFUSED`, `AuthorizationError`: messages can quote subjects. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return "disconnected";
  const { cause } = error;
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : error.name;
}
