/**
 * Partial: enough to recognise a value one knows already, too little to learn one.
 *
 * - An e-mail address keeps the first character of the local part and of the domain, and a short top-level domain:
 *   `jane.doe@example.com` → `j***@e***.com`. The rest of the domain goes, because many people own theirs.
 * - A phone number keeps its format and its last two digits: `+49 151 2345678` → `+** *** *****78`.
 * - Other text keeps its first character: `Claire` → `C***`.
 * - A part of three characters or less shows nothing, nor does a value that is not text: that is redacted.
 *
 * Masking twice is masking once. Characters are code points, as SQL counts them.
 */
import { isText, redact } from "./redact.ts";
import { emailPattern, isEmailShaped, isPhoneShaped, phonePattern } from "./shape.ts";
import type { Technique } from "./technique.ts";

const hidden = "***";
const topLevelDomainPattern = "^[A-Za-z]{2,6}$";
const topLevelDomain = new RegExp(topLevelDomainPattern, "u");
/** The last two digits and whatever follows them. */
const lastTwoDigitsPattern = "[0-9][^0-9]*[0-9][^0-9]*$";
const lastTwoDigits = new RegExp(lastTwoDigitsPattern, "u");

export const partial: Technique = {
  name: "partial",
  parameters: {},
  mask(value, leaf) {
    if (!isText(value, leaf)) return redact.mask(value, leaf);
    if (isEmailShaped(value)) return maskEmail(value);
    if (isPhoneShaped(value)) return maskPhone(value);
    return maskText(value);
  },
  sql(operand, kind) {
    if (kind !== "string") return redact.sql(operand, kind);
    const local = `split_part(${operand}, '@', 1)`;
    const domain = `split_part(${operand}, '@', 2)`;
    const last = `regexp_replace(${domain}, '^[^@]*[.]', '')`;
    const shownLast = `case when ${last} ~ '${topLevelDomainPattern}' then ${last} else '${hidden}' end`;
    const email = `${sqlText(local)} || '@' || ${sqlText(domain)} || '.' || ${shownLast}`;
    const head = `regexp_replace(${operand}, '${lastTwoDigitsPattern}', '')`;
    const tail = `right(${operand}, length(${operand}) - length(${head}))`;
    const phone = `regexp_replace(${head}, '[0-9]', '*', 'g') || case when length(${head}) = length(${operand}) then '' else ${tail} end`;
    return [
      `case when ${operand} is null then null`,
      `when ${operand} ~ '${emailPattern}' then ${email}`,
      `when ${operand} ~ '${phonePattern}' then ${phone}`,
      `else ${sqlText(operand)} end`,
    ].join(" ");
  },
};

function maskEmail(email: string): string {
  const at = email.indexOf("@");
  const domain = email.slice(at + 1);
  const last = domain.slice(domain.lastIndexOf(".") + 1);
  const shownLast = topLevelDomain.test(last) ? last : hidden;
  return `${maskText(email.slice(0, at))}@${maskText(domain)}.${shownLast}`;
}

function maskPhone(phone: string): string {
  const tail = lastTwoDigits.exec(phone)?.index ?? phone.length;
  return phone.slice(0, tail).replaceAll(/[0-9]/g, "*") + phone.slice(tail);
}

function maskText(text: string): string {
  const [first = ""] = text;
  return isLongerThan(text, 3) ? first + hidden : hidden;
}

function sqlText(operand: string): string {
  return `case when length(${operand}) > 3 then left(${operand}, 1) || '${hidden}' else '${hidden}' end`;
}

function isLongerThan(text: string, codePoints: number): boolean {
  // A code point is one or two UTF-16 units: only texts in between need counting.
  if (text.length <= codePoints) return false;
  if (text.length > 2 * codePoints) return true;
  return [...text].length > codePoints;
}
