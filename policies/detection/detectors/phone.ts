import { type Detector, isRepeated, nameSays } from "../detector.ts";

const hints = ["phone", "telephone", "tel", "mobile", "cell", "fax", "handy", "telefon", "telefono", "msisdn"];
/** E.164: a plus, a country, up to fifteen digits; people write separators between them. */
const international = /^\+[1-9](?:[\s./()-]{0,2}\d){7,14}$/;
/** North American numbers as people write them. */
const northAmerican = /^(?:1[\s.-])?(?:\([2-9]\d{2}\)\s?|[2-9]\d{2}[\s.-])[2-9]\d{2}[\s.-]\d{4}$/;
/** Anything that can be dialled; believed where the column's name says phone. */
const national = /^(?:00|0)?\(?\d(?:[\s./()-]{0,2}\d){6,13}$/;

/** Phone numbers in E.164 or a national form; forms without a sign of their own only by the column's name. */
export const phone: Detector = {
  category: "phone",
  title: "phone numbers",
  test: ({ name, isDate }) => {
    if (isDate) return undefined;
    const hinted = nameSays(name, hints);
    return (value) =>
      international.test(value) ||
      northAmerican.test(value) ||
      (hinted && national.test(value) && !isRepeated(value.replaceAll(/\D/g, "")));
  },
};
