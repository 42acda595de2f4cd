import { type Detector, nameSays } from "../detector.ts";

const hints = ["ssn", "social_security", "social_security_number", "social_security_no"];

/** US social security numbers that were ever given: not area 000, 666 or 900 and above, no group 00, no serial 0000. */
export const usSsn: Detector = {
  category: "national-id",
  title: "US social security numbers",
  test: ({ name }) => {
    // Nine digits are anything; with the separators at their places or under that name they are not.
    const separator = nameSays(name, hints) ? "[ -]?" : "-";
    const syntax = new RegExp(`^(?!000|666|9)\\d{3}${separator}(?!00)\\d{2}${separator}(?!0000)\\d{4}$`);
    return (value) => syntax.test(value);
  },
};
