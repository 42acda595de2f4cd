import { z } from "zod";
import { cache } from "./cache.ts";
import { deprecation } from "./deprecation.ts";
import { field } from "./fields.ts";
import { slaMap } from "./quality.ts";
import {
  anything,
  dateOrInstant,
  duration,
  graphqlName,
  positiveCount,
  sqlName,
  text,
  version,
} from "./scalar-forms.ts";

const outputName = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_-]{0,62}$/,
    "Expected letters, digits, `_` and `-`, at most 63, beginning with a letter, as in `customer_profiles`.",
  );

const base = {
  name: outputName.meta({ description: "Name of the output, unique in the product." }),
  version: version.optional().meta({ description: "Version of the output; the product's when left out." }),
  description: text.optional().meta({ description: "What it is; becomes documentation in the graph." }),
  examples: z.array(anything).optional().meta({ description: "Examples for consumers." }),
  deprecation: deprecation.optional(),
  access: z
    .strictObject({
      visibility: z
        .enum(["public", "organisation", "domain", "private"])
        .optional()
        .meta({ description: "Who may know of it.", default: "organisation" }),
      autoApprove: z.boolean().optional().meta({ description: "Agreements need no approval.", default: false }),
      roles: z.array(text).optional().meta({ description: "Roles that may read it." }),
      purposes: z.array(text).optional().meta({ description: "Purposes it may be read for." }),
      expires: z.union([duration, dateOrInstant]).optional().meta({ description: "How long an agreement lasts." }),
    })
    .optional()
    .meta({ description: "Who may read it, under which agreement." }),
  sla: slaMap.optional().meta({ description: "Objectives of this output, in place of the product's." }),
} as const;

const fields = z.array(field).min(1);
const schemaRef = text.optional().meta({ description: "Name of the output whose schema this one has." });

const table = z
  .strictObject({
    type: z.literal("table").meta({ description: "Rows that the product keeps." }),
    ...base,
    schema: fields.optional().meta({ description: "The columns." }),
    schemaRef,
    storage: z
      .enum(["duckdb", "postgres", "sqlite", "parquet"])
      .optional()
      .meta({ description: "Engine that keeps the rows.", default: "duckdb" }),
    partitionBy: z.array(sqlName).optional().meta({ description: "Columns that rows are partitioned by." }),
    keys: z
      .array(sqlName)
      .optional()
      .meta({ description: "The key columns in order; another way to say `key` at the columns." }),
    cache: cache.optional(),
  })
  .meta({ description: "Table output." });

type RateLimit = {
  limit: number;
  window?: string | undefined;
  per?: "consumer" | "global" | undefined;
  burst?: number | undefined;
};

const rateLimit = z.union([
  positiveCount.transform((limit): RateLimit => ({ limit })),
  z.strictObject({
    limit: positiveCount.meta({ description: "So many calls in a window." }),
    window: duration.optional().meta({ description: "Length of the window.", default: "1m" }),
    per: z
      .enum(["consumer", "global"])
      .optional()
      .meta({ description: "Counted for each consumer or for all.", default: "consumer" }),
    burst: positiveCount.optional().meta({ description: "So many at once." }),
  }),
]);

const api = z
  .strictObject({
    type: z.literal("api").meta({ description: "A table offered as an API." }),
    ...base,
    schema: fields.optional().meta({ description: "The columns, where no table has them." }),
    schemaRef,
    protocol: z.enum(["graphql", "rest"]).optional().meta({ description: "Protocol.", default: "graphql" }),
    path: text.optional().meta({ description: "Path of the endpoint." }),
    entity: z
      .strictObject({
        type: graphqlName.meta({ description: "Object type in the graph." }),
        keys: z
          .array(sqlName)
          .min(1)
          .optional()
          .meta({ description: "Key columns; those of the table when left out." }),
      })
      .optional()
      .meta({ description: "The entity in the graph (`@key`)." }),
    rateLimit: rateLimit.optional().meta({ description: "Calls a minute and consumer, or limit, window and whose." }),
    maxDepth: positiveCount.optional().meta({ description: "Deepest query." }),
    maxCost: positiveCount.optional().meta({ description: "Most expensive query." }),
    pagination: z
      .union([
        text,
        z.strictObject({
          default: positiveCount.optional().meta({ description: "Size of a page." }),
          max: positiveCount.optional().meta({ description: "Greatest size of a page." }),
        }),
      ])
      .optional()
      .meta({ description: "Style or size of pages." }),
  })
  .meta({ description: "API output." });

const stream = z
  .strictObject({
    type: z.literal("stream").meta({ description: "Changes as events." }),
    ...base,
    schema: fields.optional().meta({ description: "The columns of an event." }),
    schemaRef,
    topic: text.optional().meta({ description: "Topic." }),
    broker: text.optional().meta({ description: "Name of a registered broker." }),
    partitionKey: sqlName.optional().meta({ description: "Column that keeps the order of events." }),
    envelope: z.enum(["cloudevents"]).optional().meta({ description: "Form of an event.", default: "cloudevents" }),
    compatibility: text.optional().meta({ description: "How its schema may change." }),
    retention: duration.optional().meta({ description: "How long events are kept." }),
    eventTypes: z.array(text).optional().meta({ description: "Types of events." }),
  })
  .meta({ description: "Stream output." });

const sql = z
  .strictObject({
    type: z.literal("sql").meta({ description: "A view for SQL clients." }),
    ...base,
    schema: fields.optional().meta({ description: "The columns." }),
    schemaRef,
    view: sqlName.optional().meta({ description: "Name of the view." }),
    dialect: z.enum(["duckdb", "postgres"]).optional().meta({ description: "Dialect of SQL." }),
    maxRows: positiveCount.optional().meta({ description: "Most rows of a result." }),
    timeout: duration.optional().meta({ description: "Longest query." }),
  })
  .meta({ description: "SQL output." });

const file = z
  .strictObject({
    type: z.literal("file").meta({ description: "Files." }),
    ...base,
    schema: fields.optional().meta({ description: "The columns." }),
    schemaRef,
    location: text.optional().meta({ description: "Where the files lie." }),
    format: z
      .enum(["json", "ndjson", "csv", "parquet", "avro", "arrow"])
      .optional()
      .meta({ description: "Format of the files." }),
  })
  .meta({ description: "File output." });

export const output = z.discriminatedUnion("type", [table, api, stream, sql, file]);
