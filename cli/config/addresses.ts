/** Addresses of servers in a configuration: read when the document is, so that what is wrong is said at its place. */
import { z } from "zod";
import { readRedisAddress } from "#redis";
import { ClientError } from "#schema";

/** Empty for none, else what `readRedisAddress` reads. */
export const redisAddress = z.string().superRefine((text, context) => {
  if (text !== "") tellWhatIsWrong(text, context);
});

/** Empty for a bus in the process, else what `openEventBus` opens. */
export const busAddress = z.string().superRefine((text, context) => {
  if (text === "") return;
  if (/^rediss?(\+\w+)?:/.test(text)) tellWhatIsWrong(text, context);
  else if (!natsShape.test(text)) context.addIssue({ code: "custom", message: notABus });
});

const natsShape = /^(nats|tls):\/\/([^@/\s]*@)?[^/?#@\s]+\/?$/;
const notABus =
  "the address of the event bus is none of nats://host:4222, tls://host:4222, redis://host:6379, " +
  "redis+sentinel://host:26379/master, redis+cluster://host:7000; leave it empty for a bus in the process";

function tellWhatIsWrong(text: string, context: z.RefinementCtx): void {
  try {
    readRedisAddress(text);
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    context.addIssue({ code: "custom", message: error.message });
  }
}
