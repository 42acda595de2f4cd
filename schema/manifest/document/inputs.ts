import { z } from "zod";
import { qualityCheck } from "./quality-checks.ts";
import {
  anything,
  columnType,
  count,
  cron,
  duration,
  kebabName,
  positiveCount,
  sqlName,
  text,
  timezone,
  versionRange,
} from "./scalar-forms.ts";

const inputField = z.strictObject({
  name: sqlName.meta({ description: "The staged column." }),
  from: text.optional().meta({ description: "The column's name in the source; the same name when left out." }),
  type: columnType.meta({ description: "Column type, such as `string` or `decimal(12,2)`." }),
  required: z.boolean().optional().meta({ description: "A row without it goes to quarantine.", default: false }),
  description: text.optional().meta({ description: "What it means." }),
});

const base = {
  source: text,
  name: sqlName
    .optional()
    .meta({ description: "Name of the staged table, for the transformation; made from the source when left out." }),
  mode: z
    .enum(["append", "upsert", "snapshot", "cdc"])
    .optional()
    .meta({ description: "How new rows meet those that are there.", default: "append" }),
  key: z
    .union([sqlName.transform((name) => [name]), z.array(sqlName)])
    .optional()
    .meta({ description: "Columns that tell rows apart; needed for `upsert` and `cdc`." }),
  watermark: sqlName.optional().meta({ description: "A column that only grows, for reading what is new." }),
  schema: z.array(inputField).optional().meta({ description: "What the staged columns are." }),
  contract: z
    .strictObject({
      id: text.optional().meta({ description: "The contract's id." }),
      version: versionRange.optional().meta({ description: "Range of versions, such as `^2`." }),
    })
    .optional()
    .meta({ description: "The contract that the source keeps." }),
  expects: z
    .array(qualityCheck)
    .optional()
    .meta({ description: "Checks on the input's rows, in the grammar of quality checks." }),
  fields: z.array(text).optional().meta({ description: "The columns of the source that are used." }),
  purpose: kebabName.optional().meta({ description: "Purpose that the data are read for." }),
  description: text.optional().meta({ description: "What comes in here." }),
} as const;

const scheduled = {
  schedule: cron.optional().meta({ description: "When to read, as a cron schedule." }),
  timezone: timezone.optional().meta({ description: "Time zone of the schedule.", default: "UTC" }),
} as const;

const format = z.enum(["json", "ndjson", "csv", "parquet", "avro", "arrow"]);

const batch = z
  .strictObject({
    type: z.literal("batch").meta({ description: "Files or a URL, read as a whole when they change." }),
    ...base,
    ...scheduled,
    source: text.meta({ description: "File, glob, URL or table." }),
    format: format.optional().meta({ description: "Format of the files; told by their names when left out." }),
  })
  .meta({ description: "Batch input." });

const stream = z
  .strictObject({
    type: z.literal("stream").meta({ description: "Events of a broker." }),
    ...base,
    source: text.meta({ description: "Topic." }),
    format: format.optional().meta({ description: "Format of an event." }),
    broker: text.optional().meta({ description: "Name of a registered broker." }),
    group: text.optional().meta({ description: "Consumer group; `mesh.{product}` when left out." }),
    startFrom: text.optional().meta({ description: "`earliest`, `latest` or an instant.", default: "earliest" }),
    maxInFlight: positiveCount.optional().meta({ description: "Events in work at once.", default: 100 }),
  })
  .meta({ description: "Stream input." });

const rest = z
  .strictObject({
    type: z.enum(["rest", "api"]).meta({ description: "Rows of an HTTP API; `api` is another word for `rest`." }),
    ...base,
    ...scheduled,
    source: text.meta({ description: "URL." }),
    format: format.optional().meta({ description: "Format of an answer." }),
    request: z
      .strictObject({
        method: z.enum(["GET", "POST"]).optional().meta({ description: "HTTP method.", default: "GET" }),
        headers: z.record(z.string(), z.string()).optional().meta({ description: "HTTP headers." }),
        query: z
          .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
          .optional()
          .meta({ description: "Query parameters." }),
        body: anything.optional().meta({ description: "Body of the request." }),
        auth: z
          .strictObject({ secretRef: text.meta({ description: "Name of the secret." }) })
          .optional()
          .meta({ description: "Credentials." }),
        pagination: z
          .enum(["none", "offset", "cursor", "link"])
          .optional()
          .meta({ description: "How pages follow.", default: "none" }),
        timeout: duration.optional().meta({ description: "Longest wait for an answer." }),
        retries: count.optional().meta({ description: "So many further tries." }),
      })
      .optional()
      .meta({ description: "How to ask." }),
  })
  .meta({ description: "REST input." });

const product = z
  .strictObject({
    type: z.literal("product").meta({ description: "An output of another product." }),
    ...base,
    ...scheduled,
    source: z
      .string()
      .regex(
        /^[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*(@[^/]+)?(\/[A-Za-z_][A-Za-z0-9_-]*)?$/,
        "Expected `domain.product`, `domain.product@^2` or `domain.product@^2/output`.",
      )
      .meta({ description: "`domain.product`, with `@range` of versions and `/output` where needed." }),
  })
  .meta({ description: "Product input." });

export const input = z.discriminatedUnion("type", [batch, stream, rest, product]);
