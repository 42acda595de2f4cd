/**
 * The transformation of a product as a list of steps.
 *
 * The convention for SQL (in a file or inline): one statement per table output, which sees each input as a table of the
 * input's name. A statement names its output in one of three ways:
 *
 *   -- output: orders                         create table orders as select …        select …
 *   select … from lines                       (or `create view`)                     (when there is one table output)
 *
 * `create table` or `create view` with a name that is no output makes a step that later statements may read; it is gone
 * after the run. An output may have an input's name: statements after it then see the output. Nothing else is allowed,
 * so that reading the file tells everything it does.
 */
import type { LinkedProduct, TableOutput } from "#schema";
import { didYouMean } from "#schema";
import { platformError } from "../errors.ts";
import { type SqlStatement, splitStatements } from "./split-statements.ts";

export interface TransformationStep {
  /** What the statement makes: an output, or a step for later statements. */
  readonly name: string;
  readonly select: string;
  /** Where the select begins, for messages. */
  readonly line: number;
  readonly isOutput: boolean;
}

export interface TransformationPlan {
  /** `transform.sql`, or `spec.transformation.code`. */
  readonly file: string;
  readonly steps: readonly TransformationStep[];
}

/** `code` is the text behind `spec.transformation.code`. Raises `TRANSFORMATION_INVALID`, `PRODUCT_NOT_SUPPORTED`. */
export function planTransformation(
  product: LinkedProduct,
  code: { readonly text: string; readonly file: string } | undefined,
): TransformationPlan {
  const { manifest } = product;
  const { type } = manifest.transformation;
  const outputs = product.tables.map(({ output }) => output);
  const name = manifest.metadata.name;
  if (type === "none") return planNone(name, manifest.inputs, outputs, manifest.file);
  if (type !== "sql") {
    throw platformError(
      "PRODUCT_NOT_SUPPORTED",
      `Product "${name}": transformation type "${type}" is not run by this platform yet. Supported: none, sql.`,
    );
  }
  if (code === undefined) {
    throw platformError(
      "TRANSFORMATION_INVALID",
      `Product "${name}": spec.transformation of type sql needs \`code\`, a file (file://transform.sql) or the SQL itself.`,
    );
  }
  const steps = splitStatements(code.text).map((statement) => readStep(statement, outputs, code.file, name));
  for (const output of outputs) {
    const made = steps.filter((step) => step.name === output.name);
    if (made.length !== 1) {
      throw platformError(
        "TRANSFORMATION_INVALID",
        `Product "${name}", ${code.file}: ${made.length === 0 ? "no statement makes" : "more than one statement makes"} the output "${output.name}". Write one: \`create table ${output.name} as select …\`, or a select after a line \`-- output: ${output.name}\`.`,
      );
    }
  }
  return { file: code.file, steps };
}

function planNone(
  product: string,
  inputs: LinkedProduct["manifest"]["inputs"],
  outputs: readonly TableOutput[],
  file: string,
): TransformationPlan {
  const [input, ...further] = inputs;
  if (input === undefined || further.length > 0) {
    throw platformError(
      "TRANSFORMATION_INVALID",
      `Product "${product}": a transformation of type none takes the columns of exactly one input, there are ${inputs.length}. Use type sql to combine them.`,
    );
  }
  const steps = outputs.map((output) => ({
    name: output.name,
    select: `select ${output.fields.map(({ name }) => `"${name}"`).join(", ")} from "${input.name}"`,
    line: 1,
    isOutput: true,
  }));
  return { file, steps };
}

function readStep(
  statement: SqlStatement,
  outputs: readonly TableOutput[],
  file: string,
  product: string,
): TransformationStep {
  const names = outputs.map(({ name }) => name);
  const where = `Product "${product}", ${file}:${statement.line}`;
  const create =
    /^create\s+(?:or\s+replace\s+)?(?:temp(?:orary)?\s+)?(?:table|view)\s+("(?:[^"]|"")+"|[\p{L}_][\p{L}\p{N}_$]*)\s+as\s+(?=[(\p{L}])/iu.exec(
      statement.text,
    );
  if (create !== null) {
    const written = create[1] ?? "";
    const name = written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written.toLowerCase();
    return {
      name,
      select: statement.text.slice(create[0].length),
      line: statement.line + create[0].split("\n").length - 1,
      isOutput: names.includes(name),
    };
  }
  if (!/^(select|with|from|values|\()/i.test(statement.text)) {
    throw platformError(
      "TRANSFORMATION_INVALID",
      `${where}: a statement must be \`create table <output> as select …\`, \`create view …\`, or a select.`,
    );
  }
  const name = statement.output ?? (names.length === 1 ? names[0] : undefined);
  if (name === undefined) {
    throw platformError(
      "TRANSFORMATION_INVALID",
      `${where}: it is not clear which output this select makes (there are ${names.join(", ")}). Put a line \`-- output: <name>\` above it.`,
    );
  }
  if (!names.includes(name)) {
    throw platformError(
      "TRANSFORMATION_INVALID",
      `${where}: "${name}" is no table output of the product.${didYouMean(name, names)} It has: ${names.join(", ")}.`,
    );
  }
  return { name, select: statement.text, line: statement.line, isOutput: true };
}
