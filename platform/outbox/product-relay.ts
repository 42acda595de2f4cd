/** The relay of a product, which tells of itself by the product's own events. */
import type { EventBus } from "#events";
import { ClientError } from "#schema";
import type { ProductEvent } from "../product-event.ts";
import type { Storage } from "../storage/port.ts";
import { type Relay, reasonOf, startRelay } from "./relay.ts";

export interface ProductRelayOptions {
  readonly product: string;
  readonly storage: Storage;
  readonly bus: EventBus;
  readonly onEvent: (event: ProductEvent) => void;
  /** Gets trouble that is no ordinary failure of the bus, for the log. */
  readonly onFault: ((error: unknown) => void) | undefined;
}

export function startProductRelay({ product, storage, bus, onEvent, onFault }: ProductRelayOptions): Relay {
  const notice = (message: string): void => onEvent({ product, kind: "notice", message });
  return startRelay({
    product,
    storage,
    bus,
    onHandedOn: (events, elapsedMs) => onEvent({ product, kind: "handed-on", events, elapsedMs }),
    onTrouble(trouble) {
      if (trouble === undefined) {
        notice(`Events of product "${product}" are handed on again.`);
        return;
      }
      notice(
        `Events of product "${product}" cannot be handed on (${reasonOf(trouble)}). They wait in its outbox and are tried again.`,
      );
      if (!(trouble instanceof ClientError)) onFault?.(trouble);
    },
    onBroken: (id) => notice(`The event ${id} of product "${product}" cannot be read any more. It is left out.`),
  });
}
