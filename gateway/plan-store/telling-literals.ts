import { type DocumentNode, visit } from "graphql";

/** Page sizes and years have no more digits; telephone numbers and most ids do. */
const maxHarmlessDigits = 4;

/**
 * Whether a client wrote values into the text of an operation that may say something about a person: a string, or a number
 * of more than four digits. They are in its plan, too. Clients that use variables write none.
 */
export function hasTellingLiterals(document: DocumentNode): boolean {
  let found = false;
  visit(document, {
    StringValue: ({ value }) => {
      found ||= value !== "";
    },
    IntValue: ({ value }) => {
      found ||= value.length > maxHarmlessDigits;
    },
    FloatValue: ({ value }) => {
      found ||= value.length > maxHarmlessDigits;
    },
  });
  return found;
}
