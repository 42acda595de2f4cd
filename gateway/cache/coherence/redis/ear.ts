/** A subscription that is opened again and again: it is told when it listens, and when it does not. */
import { subscribeToRedis } from "#redis";

export interface Ear {
  /** What should have come did not: listens anew, on another connection. */
  restart(): void;
  /** Nothing is told any more. */
  close(): void;
}

/** Must not throw. */
export interface EarListener {
  /** What is said from now on is heard. */
  onListening(): void;
  /** What is said from now on is missed. Told once before each further `onListening`. */
  onDeaf(): void;
  onMessage(text: string): void;
}

export type OpenEar = (listener: EarListener) => Ear;

const firstPauseMs = 20;
const longestPauseMs = 1_000;

export function redisEar(url: string, channels: readonly string[], onFailure: () => void): OpenEar {
  return (listener) => {
    /** What belongs to an earlier one is not heard. */
    let round = 0;
    let end: () => void = () => undefined;
    let isListening = false;

    const open = async (own: number, attempt: number): Promise<void> => {
      try {
        const { close } = await subscribeToRedis(url, channels, {
          onMessage: (_channel, text) => own === round && listener.onMessage(text),
          onLost: () => own === round && restart(),
        });
        if (own !== round) return close();
        end = close;
        isListening = true;
        listener.onListening();
      } catch {
        if (own !== round) return;
        onFailure();
        pause(own, attempt + 1);
      }
    };
    /** Also before the first attempt of a round, so that a server that hangs up at once is not asked all the time. */
    const pause = (own: number, attempt: number): void => {
      const timer = setTimeout(() => void open(own, attempt), Math.min(firstPauseMs * 2 ** attempt, longestPauseMs));
      timer.unref();
      end = () => clearTimeout(timer);
    };
    const stop = (): void => {
      round += 1;
      end();
      end = () => undefined;
    };
    const restart = (): void => {
      stop();
      if (isListening) listener.onDeaf();
      isListening = false;
      pause(round, 0);
    };

    void open(round, 0);
    return { restart, close: stop };
  };
}
