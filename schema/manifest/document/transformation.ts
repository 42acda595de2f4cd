import { z } from "zod";
import { anything, count, duration, sqlName, text } from "./scalar-forms.ts";

export const transformation = z
  .strictObject({
    type: z
      .enum(["none", "sql", "typescript", "javascript", "dbt", "spark", "flink", "external"])
      .meta({ description: "Language; `spark`, `flink`, `dbt` and `external` are run elsewhere." }),
    code: text
      .optional()
      .meta({ description: "The code itself, or where it is: `file://transform.sql` is beside the manifest." }),
    entrypoint: text.optional().meta({ description: "Function or job in the code." }),
    engine: z.enum(["duckdb", "postgres", "node"]).optional().meta({ description: "What runs the code." }),
    materialization: z
      .enum(["table", "view", "incremental", "stream"])
      .optional()
      .meta({ description: "What becomes of the result.", default: "table" }),
    incrementalKey: sqlName.optional().meta({ description: "Column that new rows are told by." }),
    parameters: z.record(z.string(), anything).optional().meta({ description: "Values for the code." }),
    dependsOn: z.array(text).optional().meta({ description: "What must have run before." }),
    lineage: z
      .array(
        z.strictObject({
          to: text.meta({ description: "Output column." }),
          from: z.array(text).meta({ description: "Input columns." }),
          logic: text.optional().meta({ description: "How, for people." }),
          type: z
            .enum(["IDENTITY", "TRANSFORMATION", "AGGREGATION"])
            .optional()
            .meta({ description: "Kind of dependence." }),
        }),
      )
      .optional()
      .meta({ description: "Which columns come from which." }),
    timeout: duration.optional().meta({ description: "Longest run." }),
    retries: count.optional().meta({ description: "So many further tries." }),
  })
  .meta({ description: "What makes the outputs from the inputs." });
