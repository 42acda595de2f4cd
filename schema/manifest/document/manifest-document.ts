/** The whole `kind: DataProduct` document as it may be written: every key, every short form. Pure description; no defaults. */
import { z } from "zod";
import { governance } from "./governance.ts";
import { input } from "./inputs.ts";
import { metadata } from "./metadata.ts";
import { output } from "./outputs.ts";
import { quality } from "./quality.ts";
import { anything, duration, positiveCount, text, version } from "./scalar-forms.ts";
import { transformation } from "./transformation.ts";

const COMPATIBILITY = [
  "NONE",
  "BACKWARD",
  "BACKWARD_TRANSITIVE",
  "FORWARD",
  "FORWARD_TRANSITIVE",
  "FULL",
  "FULL_TRANSITIVE",
] as const;

const versioning = z
  .strictObject({
    compatibility: z
      .enum(COMPATIBILITY)
      .optional()
      .meta({ description: "How schemas may change.", default: "BACKWARD_TRANSITIVE" }),
    notice: duration.optional().meta({ description: "Time from deprecation to sunset.", default: "90d" }),
    maxActiveMajors: positiveCount.optional().meta({ description: "Major versions live at once.", default: 2 }),
    compat: z
      .array(
        z.strictObject({
          version: version.meta({ description: "The old version that is still served." }),
          adapter: text.meta({ description: "What turns the new data into the old shape." }),
        }),
      )
      .optional()
      .meta({ description: "Old versions served from the new data." }),
  })
  .meta({ description: "How the product changes." });

const spec = z
  .strictObject({
    inputs: z.array(input).optional().meta({ description: "Where data come from." }),
    transformation: transformation.optional(),
    outputs: z.array(output).min(1).meta({ description: "What the product offers." }),
    quality: quality.optional(),
    governance: governance.optional(),
    versioning: versioning.optional(),
    sagas: z.array(z.record(z.string(), anything)).optional().meta({ description: "Processes across products." }),
    support: z
      .array(
        z.strictObject({
          channel: text.meta({ description: "Where to ask." }),
          tool: text.optional().meta({ description: "What the channel is." }),
          scope: text.optional().meta({ description: "What to ask there." }),
          url: text.optional().meta({ description: "Its address." }),
        }),
      )
      .optional()
      .meta({ description: "Where consumers get help." }),
    price: z
      .strictObject({
        amount: z.number().meta({ description: "Price of a unit." }),
        currency: text.meta({ description: "ISO 4217." }),
        unit: text.optional().meta({ description: "What is paid for." }),
      })
      .optional()
      .meta({ description: "What it costs." }),
    links: z
      .array(
        z.strictObject({
          type: text.meta({ description: "Kind of page." }),
          url: text.meta({ description: "Address." }),
          description: text.optional().meta({ description: "What is there." }),
        }),
      )
      .optional()
      .meta({ description: "Pages about the product." }),
    context: z
      .strictObject({
        instructions: text.optional().meta({ description: "How to answer questions with the data." }),
        verifiedStatements: z.array(anything).optional().meta({ description: "Questions with right answers." }),
        constraints: z.array(text).optional().meta({ description: "What must not be done." }),
      })
      .optional()
      .meta({ description: "Context for assistants." }),
    management: z
      .array(
        z.strictObject({
          name: text.meta({ description: "Name of the port." }),
          content: z.enum(["discoverability", "observability", "control"]).meta({ description: "What it is for." }),
          type: z.enum(["rest", "topic"]).optional().meta({ description: "Kind of port." }),
          url: text.optional().meta({ description: "Address." }),
          channel: text.optional().meta({ description: "Topic." }),
        }),
      )
      .optional()
      .meta({ description: "Ports for running the product." }),
  })
  .meta({ description: "What the product takes in, does and offers." });

export const manifestDocument = z
  .strictObject({
    apiVersion: z.literal("datamesh.io/v1").meta({ description: "Version of this document's form." }),
    kind: z.literal("DataProduct").meta({ description: "Kind of document." }),
    metadata,
    spec,
  })
  .meta({ id: "DataProduct", title: "Data product", description: "Manifest of a data product." });

/** What the document says, with scalars in canonical spelling. */
export type ManifestDocument = z.output<typeof manifestDocument>;
