/** The checks that a product or an input may declare; each is a map with the check's name as its one key. */
import { z } from "zod";
import { anything, count, cron, duration, share, text } from "./scalar-forms.ts";

const columns = z.union([text, z.array(text).min(1)]);
const number = z.number();

/** What every check may carry beside its own parameters. */
const common = {
  id: text.optional().meta({ description: "Stable name of the check in results." }),
  name: text.optional().meta({ description: "Name for people." }),
  on: text.optional().meta({ description: "The output that is checked, when there are several." }),
  where: text.optional().meta({ description: "SQL condition: only these rows are checked." }),
  dimension: z
    .enum(["accuracy", "completeness", "conformity", "consistency", "coverage", "timeliness", "uniqueness", "validity"])
    .optional()
    .meta({ description: "Dimension of quality that the check counts for." }),
  severity: z.enum(["info", "warning", "error", "critical"]).optional().meta({ description: "How bad a failure is." }),
  action: z
    .enum(["warn", "drop", "quarantine", "fail"])
    .optional()
    .meta({ description: "What happens to failing rows." }),
  schedule: cron.optional().meta({ description: "When the check runs, if not at every publication." }),
  description: text.optional().meta({ description: "Why the check is there." }),
  businessImpact: text.optional().meta({ description: "What a failure means for the business." }),
  tags: z.array(text).optional().meta({ description: "Words to find it by." }),
  owner: text.optional().meta({ description: "Who looks at failures." }),
  unit: z.enum(["rows", "percent"]).optional().meta({ description: "What a threshold counts." }),
  mustBe: anything.optional().meta({ description: "Threshold: exactly." }),
  mustNotBe: anything.optional().meta({ description: "Threshold: anything else." }),
  mustBeGreaterThan: number.optional().meta({ description: "Threshold." }),
  mustBeGreaterOrEqualTo: number.optional().meta({ description: "Threshold." }),
  mustBeLessThan: number.optional().meta({ description: "Threshold." }),
  mustBeLessOrEqualTo: number.optional().meta({ description: "Threshold." }),
  mustBeBetween: z.tuple([number, number]).optional().meta({ description: "Threshold, bounds excluded." }),
  mustNotBeBetween: z.tuple([number, number]).optional().meta({ description: "Threshold, bounds excluded." }),
} as const;

const column = text.meta({ description: "The checked column." });
const bound = z.union([z.number(), z.string()]).optional();

function check<const Shape extends z.core.$ZodLooseShape>(description: string, shape: Shape) {
  return z.strictObject({ ...shape, ...common }).meta({ description });
}

/** `[a, b]` or `a` is short for `{ columns: [a, b] }`. */
function columnsCheck(description: string) {
  const long = check(description, { columns: z.array(text).min(1).meta({ description: "The checked columns." }) });
  return z.union([columns.transform((names) => ({ columns: [names].flat() })), long]).meta({ description });
}

const checkShapes = {
  nullCheck: columnsCheck("No value is missing."),
  missingCheck: check("No value is missing, counting placeholders as missing.", {
    column,
    values: z.array(anything).optional().meta({ description: "Placeholders, such as an empty text or `N/A`." }),
    max: count.optional().meta({ description: "So many may be missing." }),
  }),
  completenessCheck: check("A share of the values is there.", {
    column,
    min: share.meta({ description: "Least share." }),
  }),
  uniqueCheck: columnsCheck("No two rows have the same values in these columns."),
  rangeCheck: check("Values lie between bounds, bounds included.", {
    column,
    min: bound.meta({ description: "Least value." }),
    max: bound.meta({ description: "Greatest value." }),
    exclusive: z.boolean().optional().meta({ description: "Whether the bounds themselves are out." }),
  }),
  enumCheck: check("Values are among these.", {
    column,
    values: z.array(anything).min(1).meta({ description: "Allowed values." }),
  }),
  patternCheck: check("Texts match an expression.", {
    column,
    regex: text.meta({ description: "Regular expression." }),
  }),
  formatCheck: check("Texts have a format.", {
    column,
    format: text.meta({ description: "`email`, `uuid`, `iban` …" }),
  }),
  lengthCheck: check("Texts have a length between bounds.", {
    column,
    min: count.optional().meta({ description: "Least length." }),
    max: count.optional().meta({ description: "Greatest length." }),
  }),
  typeCheck: check("Values have the column's type.", { column: column.optional() }),
  schemaCheck: check("The columns are those of the schema.", {
    allowExtra: z.boolean().optional().meta({ description: "Further columns are fine." }),
    allowMissing: z.boolean().optional().meta({ description: "Missing columns are fine." }),
    allowReorder: z.boolean().optional().meta({ description: "Another order is fine." }),
  }),
  referenceCheck: check("Values exist in another output.", {
    column,
    references: text.meta({ description: "`domain.product/output.field` or `output.field`." }),
  }),
  rowCountCheck: check("The number of rows lies between bounds.", {
    min: count.optional().meta({ description: "Least number." }),
    max: count.optional().meta({ description: "Greatest number." }),
  }),
  volumeCheck: check("The number of rows changes little.", {
    period: duration.optional().meta({ description: "Compared with so long ago." }),
    changePercent: number.optional().meta({ description: "Greatest change in percent." }),
  }),
  freshnessCheck: check("The newest row is young enough.", {
    column,
    maxAge: duration.meta({ description: "Greatest age of the newest row." }),
  }),
  aggregateCheck: check("An aggregate lies between bounds.", {
    expression: text.meta({ description: "SQL, such as `avg(total)`." }),
    min: number.optional().meta({ description: "Least value." }),
    max: number.optional().meta({ description: "Greatest value." }),
  }),
  distributionCheck: check("Values are spread as in a reference.", {
    column,
    method: z.enum(["psi", "ks", "chi2", "kl"]).optional().meta({ description: "Measure of difference." }),
    reference: text.optional().meta({ description: "What is compared with." }),
    max: number.optional().meta({ description: "Greatest difference." }),
  }),
  anomalyCheck: check("A metric behaves as before.", {
    metric: text.meta({ description: "What is watched." }),
    method: z.enum(["zscore", "mad", "ewma", "seasonal"]).optional().meta({ description: "How an outlier is found." }),
    sensitivity: number.optional().meta({ description: "How far out is an outlier." }),
  }),
  rowCheck: check("A condition holds for every row.", {
    expression: text.meta({ description: "SQL, such as `total >= tax`." }),
  }),
  sqlCheck: check("A query's result keeps a threshold.", { query: text.meta({ description: "SQL that only reads." }) }),
  crossCheck: check("Two sources agree.", {
    left: text.meta({ description: "One source." }),
    right: text.meta({ description: "The other." }),
    compare: z.enum(["count", "sum", "hash"]).optional().meta({ description: "What is compared." }),
    tolerance: z.union([number, share]).optional().meta({ description: "Difference that is fine." }),
  }),
  duplicateEventCheck: check("No event comes twice.", {
    window: duration.optional().meta({ description: "How long event ids are remembered." }),
  }),
  piiLeakCheck: check("No personal data outside the columns that declare them.", {
    detectors: z.array(text).optional().meta({ description: "Kinds of personal data to look for." }),
    columns: z
      .union([text, z.array(text)])
      .optional()
      .meta({ description: "Where to look; `*` for everywhere." }),
  }),
  textCheck: z
    .union([
      text.transform((sentence) => ({ text: sentence })),
      check("A sentence for people; nothing evaluates it.", { text: text.meta({ description: "The sentence." }) }),
    ])
    .meta({ description: "A sentence for people; nothing evaluates it." }),
} as const;

/** One check: a map whose one key is the check's name. */
export const qualityCheck = z
  .strictObject(optionals(checkShapes))
  .check((context) => {
    if (Object.keys(context.value).length === 1) return;
    context.issues.push({
      code: "custom",
      input: context.value,
      params: { code: "one-check" },
      message: "A check is a map with one key, its name: `- nullCheck: [customer_id]`.",
    });
  })
  .meta({ id: "Check", description: "A check: its name, and its parameters or their short form." });

function optionals<const Shape extends Record<string, z.ZodType>>(
  shape: Shape,
): { [Key in keyof Shape]: z.ZodOptional<Shape[Key]> } {
  // Object.entries forgets the keys; the mapped type above says them again.
  return Object.fromEntries(Object.entries(shape).map(([key, value]) => [key, value.optional()])) as {
    [Key in keyof Shape]: z.ZodOptional<Shape[Key]>;
  };
}
