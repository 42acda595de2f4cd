import { nats } from "../../test/services.ts";
import { startTcpProxy } from "../../test/tcp-proxy.ts";
import { busSuite } from "../bus.suite.ts";
import { cutOffSuite } from "../cut-off.suite.ts";
import { processDeathSuite } from "../process-death.suite.ts";
import { startOnNats } from "./nats-server.fixture.ts";

const { url, missing } = await nats();

busSuite("on NATS JetStream", () => startOnNats(url), missing);
processDeathSuite("on NATS JetStream", () => startOnNats(url), missing);
cutOffSuite(
  "on NATS JetStream",
  () => startOnNats(url),
  (address) => startTcpProxy(address, 4222),
  missing,
);
