/** `spec.governance` of a configuration. Unknown keys are refused. */
import { Cron } from "croner";
import { z } from "zod";
import { readStreamTarget, writerSyntax } from "#policies";

function isCron(text: string): boolean {
  try {
    new Cron(text, { paused: true }).stop();
    return true;
  } catch {
    return false;
  }
}

const someTime = z.string().regex(/^0*[1-9]\d*(ms|s|m|h|d)$/, "a duration above zero such as 500ms, 30s, 5m or 1h");

const audit = z.strictObject({
  sink: z.enum(["file", "postgres", "stream", "none"]).default("file").meta({
    description:
      "Where reads of personal data are recorded: in files, in a PostgreSQL table, as lines to a collector, or not at all.",
  }),
  writer: z
    .string()
    .regex(writerSyntax, "a name such as gateway-1: lower-case letters, digits and dashes")
    .default("gateway")
    .meta({
      description:
        "Names the chain of records. Each process has one of its own: workers and products that are served alone add theirs to it; in PostgreSQL the machine's name stands before it.",
    }),
  folder: z.string().optional().meta({
    description: "For files: their folder, relative to this document. Default: `audit` in the state folder.",
  }),
  fsync: z.enum(["always", "every-second", "never"]).default("always").meta({
    description: "For files: when records are on the disk and not only with the operating system.",
  }),
  maxFile: z
    .string()
    .regex(/^\d+(b|kb|mb|gb)$/i, "a size such as 512kb, 1mb or 2gb")
    .default("64mb")
    .meta({ description: "For files: at which size the next one is begun." }),
  postgresUrl: z.string().default("").meta({
    description: "For PostgreSQL: its address. Default: that of `storage.postgresUrl`.",
  }),
  schema: z.string().min(1).default("datamesh_audit").meta({ description: "For PostgreSQL: schema of the tables." }),
  stream: z
    .string()
    .refine((text) => readStreamTarget(text) !== undefined, "stdout, tcp://host:port or unix:/path")
    .default("stdout")
    .meta({ description: "For a stream: `stdout`, `tcp://host:port` or `unix:/path`." }),
  queue: z.int().positive().default(10_000).meta({
    description: "Records that may be on their way, operations that run counted.",
  }),
  whenFull: z.enum(["wait", "fail"]).default("wait").meta({
    description:
      "What happens to operations on personal data while the queue is full: they wait, or they are refused with AUDIT_UNAVAILABLE. Nothing is read unrecorded.",
  }),
  checkpointRecords: z.int().positive().default(1_000).meta({
    description: "After so many records the chain is signed.",
  }),
  checkpointEvery: someTime
    .default("1m")
    .meta({ description: "So long after a record the chain is signed at the latest." }),
});

export const governanceSpec = z.strictObject({
  policyTests: z
    .array(z.string())
    .default(["policies/tests/**/*.policy-test.yaml", "subgraphs/*/*.policy-test.yaml"])
    .meta({ description: "What `datamesh policy test` runs, as paths or globs relative to this document." }),
  audit: audit.prefault({}).meta({ description: "The record of who read which personal data, and why." }),
  keys: z
    .strictObject({
      file: z.string().optional().meta({
        description:
          "The key ring, relative to this document; made and rotated by `datamesh keys rotate`. Default: keys.json in the state folder.",
      }),
      environment: z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "the name of an environment variable")
        .optional()
        .meta({
          description: "Name of an environment variable that holds the key ring itself, in place of a file.",
        }),
    })
    .prefault({})
    .meta({ description: "The keys of masks, sealed columns and erasures." }),
  retention: z
    .strictObject({
      schedule: z.string().refine(isCron, "a cron expression such as `30 3 * * *`").default("30 3 * * *").meta({
        description: "When rows that are older than their product's retention go, while the mesh runs (cron).",
      }),
    })
    .prefault({})
    .meta({ description: "What is done to old rows." }),
  masks: z.string().optional().meta({
    description:
      "A module, relative to this document, whose exported functions policies may name: `technique: custom, function: <name>`.",
  }),
});
