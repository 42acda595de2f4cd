/**
 * Generalise: the value of a group instead of one's own. A number becomes the lower end of its bucket, a date the first day
 * of its year, quarter or month, a text (a postcode, a place) its first characters: `34953` → `34***`.
 *
 * Parameters: `bucket` (10), `to` (`year`), `prefix` (2). A text of no more characters than `prefix` shows nothing; an
 * e-mail address is redacted, as its beginning would be part of a name.
 */
import { z } from "zod";
import type { MaskParameters } from "../decision.ts";
import { floorToUnits, parseUnits, printUnits } from "./decimal-units.ts";
import { maskByKind } from "./mask-by-kind.ts";
import { redact } from "./redact.ts";
import { emailPattern, isEmailShaped } from "./shape.ts";
import type { PlainTechnique, SqlMask } from "./technique.ts";

const periods = ["month", "quarter", "year"] as const;
type Period = (typeof periods)[number];

const hidden = "***";
const leastInt = -(2 ** 31);
/** Engines refuse to divide what is so near to zero. */
const tiny = 1e-290;
const leastBigInt = -(2n ** 63n);

interface Settled {
  readonly bucket: number;
  readonly to: Period;
  readonly prefix: number;
}

/** Parameters have been read strictly, so they have these types. */
function settle(parameters: MaskParameters): Settled {
  return {
    bucket: Number(parameters.bucket ?? 10),
    to: (parameters.to ?? "year") as Period,
    prefix: Number(parameters.prefix ?? 2),
  };
}

export const generalise: PlainTechnique & { readonly sql: SqlMask } = {
  name: "generalise",
  parameters: {
    bucket: z.int().min(1).max(1_000_000_000).optional(),
    to: z.enum(periods).optional(),
    prefix: z.int().min(0).max(100).optional(),
  },
  compare(one, other) {
    const [a, b] = [settle(one), settle(other)];
    // A bucket that is no multiple of the other hides something else, not more.
    const [wide, narrow] = [Math.max(a.bucket, b.bucket), Math.min(a.bucket, b.bucket)];
    if (wide % narrow !== 0) return undefined;
    const differences = [a.bucket - b.bucket, periods.indexOf(a.to) - periods.indexOf(b.to), b.prefix - a.prefix];
    if (differences.some((it) => it > 0) && differences.some((it) => it < 0)) return undefined;
    return differences.find((it) => it !== 0) ?? 0;
  },
  compile(leaf, { parameters }) {
    const { bucket, to, prefix } = settle(parameters);
    const wide = BigInt(bucket);
    return maskByKind(leaf, {
      text: (text) => {
        if (isEmailShaped(text)) return "***@***.invalid";
        const characters = text.length > prefix ? [...text] : [];
        return characters.length > prefix ? characters.slice(0, prefix).join("") + hidden : hidden;
      },
      int: (value) => Math.max(Math.floor(value / bucket) * bucket, leastInt) + 0,
      float: (value) => (value < 0 && value > -tiny ? -bucket : Math.floor(value / bucket) * bucket + 0),
      decimal: (text) => printUnits(floorToUnits(parseUnits(text), wide)),
      bigInt: (text) => {
        const lower = floorToUnits(parseUnits(text), wide).units;
        return String(lower < leastBigInt ? leastBigInt : lower);
      },
      date: (text) => firstDay(text, to),
      dateTime: (text) => `${firstDay(text, to)}T00:00:00Z`,
    });
  },
  sql(operand, kind, parameters) {
    const { bucket, to, prefix } = settle(parameters);
    switch (kind) {
      case "string":
        return [
          `case when ${operand} is null then null`,
          `when ${operand} ~ '${emailPattern}' then '***@***.invalid'`,
          `when length(${operand}) > ${prefix} then left(${operand}, ${prefix}) || '${hidden}'`,
          `else '${hidden}' end`,
        ].join(" ");
      case "integer": {
        const wide = `cast(${operand} as bigint)`;
        const lower = `${wide} - ((${wide} % ${bucket}) + ${bucket}) % ${bucket}`;
        return `cast(case when ${lower} < ${leastInt} then ${leastInt} else ${lower} end as integer)`;
      }
      case "long": {
        const least = `cast('${leastBigInt}' as bigint)`;
        // Below the lowest whole bucket there is none: subtracting would leave 64 bits.
        return `case when ${operand} < ${least} + ${bucket} and ((${operand} % ${bucket}) + ${bucket}) % ${bucket} > ${operand} - ${least} then ${least} else ${operand} - ((${operand} % ${bucket}) + ${bucket}) % ${bucket} end`;
      }
      case "double":
        return [
          `case when ${operand} >= 0 and ${operand} < ${tiny} then 0`,
          `when ${operand} < 0 and ${operand} > -${tiny} then -${bucket}`,
          `else floor(${operand} / ${bucket}) * ${bucket} + 0 end`,
        ].join(" ");
      case "decimal":
        return `${operand} - ((${operand} % ${bucket}) + ${bucket}) % ${bucket}`;
      case "date":
        return `cast(date_trunc('${to}', ${operand}) as date)`;
      case "timestamp":
        return `date_trunc('${to}', ${operand})`;
      case "uuid":
      case "boolean":
      case "time":
        return redact.sql(operand, kind, {});
    }
  },
};

/** `text` begins with a day. */
function firstDay(text: string, to: Period): string {
  const year = text.slice(0, 4);
  if (to === "year") return `${year}-01-01`;
  const month = Number(text.slice(5, 7));
  const first = to === "month" ? month : month - ((month - 1) % 3);
  return `${year}-${String(first).padStart(2, "0")}-01`;
}
