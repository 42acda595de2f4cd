import { eventErrors } from "#events";
import { gatewayErrors } from "#gateway";
import { httpErrors } from "#http";
import { platformErrors, servingErrors } from "#platform";
import { policyErrors } from "#policies";
import { redisErrors } from "#redis";
import { type ErrorDefinition, schemaErrors } from "#schema";
import { commandErrors } from "../../cli/errors.ts";
import { code, type Page, page, table } from "./page.ts";

interface Registry {
  /** The folder whose code raises them. */
  readonly folder: string;
  readonly title: string;
  readonly definitions: Readonly<Record<string, ErrorDefinition>>;
}

/** Every registry of error codes. */
export const errorRegistries: readonly Registry[] = [
  { folder: "gateway", title: "Gateway", definitions: gatewayErrors },
  { folder: "http", title: "HTTP", definitions: httpErrors },
  { folder: "policies", title: "Who may see what", definitions: policyErrors },
  { folder: "platform/serving", title: "Subgraphs", definitions: servingErrors },
  { folder: "platform", title: "Data products", definitions: platformErrors },
  { folder: "events", title: "Events", definitions: eventErrors },
  { folder: "redis", title: "Redis", definitions: redisErrors },
  { folder: "schema", title: "Values and types", definitions: schemaErrors },
  { folder: "cli", title: "Command", definitions: commandErrors },
];

/** Every code that an answer, a health report or a command can show. */
export function errorsPage(): Page {
  return page("errors.md", "Error codes", "the `errors.ts` of each folder", [
    "A code stands in `errors[].extensions.code` of an answer, in the `reason` of a product in `/health/ready`, or in " +
      "brackets after the message of a command. *HTTP* is the status when the whole request fails with it; an error in one " +
      "part of an answer leaves the status at 200. *Retry* says whether the same request may succeed later unchanged. A " +
      "code that several parts raise is listed with each.",
    ...errorRegistries.flatMap(({ title, definitions }) => [
      `## ${title}`,
      table(
        ["code", "HTTP", "retry", "meaning"],
        Object.entries(definitions).map(([name, { status, retryable, meaning }]) => [
          code(name),
          String(status),
          retryable ? "yes" : "no",
          meaning,
        ]),
      ),
    ]),
  ]);
}
