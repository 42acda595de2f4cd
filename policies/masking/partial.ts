/**
 * Partial: enough to recognise a value one knows already, too little to learn one.
 *
 * - An e-mail address keeps the first character of the local part and of the domain, and a short top-level domain:
 *   `jane.doe@example.com` → `j***@e***.com`. The rest of the domain goes, because many people own theirs.
 * - A phone number keeps its format and its last two digits: `+49 151 2345678` → `+** *** *****78`.
 * - Other text keeps its first character: `Claire` → `C***`.
 *
 * `first` and `last` say how many characters (of a local part, digits of a phone number) are kept instead; the one that is
 * left out is 0 then. At least three are always hidden: a part that is too short for that shows nothing, nor does a value
 * that is not text: that is redacted.
 *
 * Masking twice is masking once. Characters are code points, as SQL counts them.
 */
import { z } from "zod";
import type { MaskParameters } from "../decision.ts";
import { maskByKind } from "./mask-by-kind.ts";
import { redact } from "./redact.ts";
import { emailPattern, isEmailShaped, isPhoneShaped, phonePattern } from "./shape.ts";
import type { PlainTechnique, SqlMask } from "./technique.ts";

const hidden = "***";
const leastHidden = 3;
const topLevelDomainPattern = "^[A-Za-z]{2,6}$";
const topLevelDomain = new RegExp(topLevelDomainPattern, "u");

interface Kept {
  readonly first: number;
  readonly last: number;
}

const ofDomain: Kept = { first: 1, last: 0 };

function keptOf({ first, last }: MaskParameters, unlessSaid: Kept): Kept {
  if (first === undefined && last === undefined) return unlessSaid;
  return { first: Number(first ?? 0), last: Number(last ?? 0) };
}

const keptOfText = (parameters: MaskParameters): Kept => keptOf(parameters, { first: 1, last: 0 });
const keptOfPhone = (parameters: MaskParameters): Kept => keptOf(parameters, { first: 0, last: 2 });

export const partial: PlainTechnique & { readonly sql: SqlMask } = {
  name: "partial",
  parameters: { first: z.int().min(0).max(20).optional(), last: z.int().min(0).max(20).optional() },
  compare(one, other) {
    const differences = [keptOfText, keptOfPhone].flatMap((keptIn) => {
      const [a, b] = [keptIn(one), keptIn(other)];
      return [b.first - a.first, b.last - a.last];
    });
    if (differences.some((it) => it > 0) && differences.some((it) => it < 0)) return undefined;
    return differences.find((it) => it !== 0) ?? 0;
  },
  compile(leaf, { parameters }) {
    const text = keptOfText(parameters);
    const phone = compilePhone(keptOfPhone(parameters));
    return maskByKind(leaf, {
      text: (value) => {
        if (isEmailShaped(value)) return maskEmail(value, text);
        return isPhoneShaped(value) ? phone(value) : maskText(value, text);
      },
    });
  },
  sql(operand, kind, parameters) {
    if (kind !== "string") return redact.sql(operand, kind, {});
    const text = keptOfText(parameters);
    const local = `split_part(${operand}, '@', 1)`;
    const domain = `split_part(${operand}, '@', 2)`;
    const last = `regexp_replace(${domain}, '^[^@]*[.]', '')`;
    const shownLast = `case when ${last} ~ '${topLevelDomainPattern}' then ${last} else '${hidden}' end`;
    const email = `${sqlText(local, text)} || '@' || ${sqlText(domain, ofDomain)} || '.' || ${shownLast}`;
    return [
      `case when ${operand} is null then null`,
      `when ${operand} ~ '${emailPattern}' then ${email}`,
      `when ${operand} ~ '${phonePattern}' then ${sqlPhone(operand, keptOfPhone(parameters))}`,
      `else ${sqlText(operand, text)} end`,
    ].join(" ");
  },
};

function maskEmail(email: string, kept: Kept): string {
  const at = email.indexOf("@");
  const domain = email.slice(at + 1);
  const last = domain.slice(domain.lastIndexOf(".") + 1);
  const shownLast = topLevelDomain.test(last) ? last : hidden;
  return `${maskText(email.slice(0, at), kept)}@${maskText(domain, ofDomain)}.${shownLast}`;
}

/** A digit, or the star of one that is masked already. */
const mark = "[0-9*]";
const noMark = "[^0-9*]";
const firstMarks = (count: number): string => `^(${noMark}*${mark}){${count}}`;
const lastMarks = (count: number): string => `(${mark}${noMark}*){${count}}$`;
const marks = /[0-9*]/g;

function compilePhone({ first, last }: Kept): (phone: string) => string {
  const head = new RegExp(firstMarks(first), "u");
  const tail = new RegExp(lastMarks(last), "u");
  return (phone) => {
    const count = phone.match(marks)?.length ?? 0;
    if (count - first - last < leastHidden) return phone.replaceAll(/[0-9]/g, "*");
    const from = head.exec(phone)?.[0].length ?? 0;
    const to = tail.exec(phone)?.index ?? phone.length;
    return phone.slice(0, from) + phone.slice(from, to).replaceAll(/[0-9]/g, "*") + phone.slice(to);
  };
}

function sqlPhone(operand: string, { first, last }: Kept): string {
  const shown = first + last;
  const before = `regexp_replace(${operand}, '${lastMarks(last)}', '')`;
  const between = `regexp_replace(${before}, '${firstMarks(first)}', '')`;
  const kept = `left(${operand}, length(${before}) - length(${between}))`;
  const end = `right(${operand}, length(${operand}) - length(${before}))`;
  const starred = (text: string): string => `regexp_replace(${text}, '[0-9]', '*', 'g')`;
  const count = `length(regexp_replace(${operand}, '${noMark}', '', 'g'))`;
  return `case when ${count} - ${shown} < ${leastHidden} then ${starred(operand)} else ${kept} || ${starred(between)} || ${end} end`;
}

function maskText(text: string, { first, last }: Kept): string {
  if (!isAsLongAs(text, first + last + leastHidden)) return hidden;
  return text.slice(0, afterFirst(text, first)) + hidden + text.slice(beforeLast(text, last));
}

function isAsLongAs(text: string, codePoints: number): boolean {
  // A code point is one or two UTF-16 units: only texts in between need counting.
  if (text.length < codePoints) return false;
  return text.length >= 2 * codePoints || [...text].length >= codePoints;
}

/** The place after the first code points of a text that has them. */
function afterFirst(text: string, codePoints: number): number {
  let end = 0;
  for (let count = 0; count < codePoints; count++) end += isPair(text, end) ? 2 : 1;
  return end;
}

function beforeLast(text: string, codePoints: number): number {
  let start = text.length;
  for (let count = 0; count < codePoints; count++) start -= start > 1 && isPair(text, start - 2) ? 2 : 1;
  return start;
}

function isPair(text: string, at: number): boolean {
  return (text.codePointAt(at) ?? 0) > 0xffff;
}

function sqlText(operand: string, { first, last }: Kept): string {
  const end = last === 0 ? "" : ` || right(${operand}, ${last})`;
  return `case when length(${operand}) >= ${first + last + leastHidden} then left(${operand}, ${first}) || '${hidden}'${end} else '${hidden}' end`;
}
