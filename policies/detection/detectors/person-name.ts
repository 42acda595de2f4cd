import { type Detector, nameSays, wordsOf } from "../detector.ts";

const surely = [
  "first_name",
  "firstname",
  "last_name",
  "lastname",
  "surname",
  "given_name",
  "family_name",
  "full_name",
  "middle_name",
  "maiden_name",
  "forename",
  "customer_name",
  "contact_name",
  "person_name",
  "employee_name",
  "patient_name",
  "user_full_name",
  "cardholder",
  "cardholder_name",
  "account_holder",
  "recipient_name",
  "vorname",
  "nachname",
  "prenom",
  "apellido",
  "apellidos",
];
/** Tables whose rows are persons: there, `name` is a person's. */
const persons = [
  "customer",
  "customers",
  "person",
  "persons",
  "people",
  "employee",
  "employees",
  "user",
  "users",
  "contact",
  "contacts",
  "patient",
  "patients",
  "member",
  "members",
  "subscriber",
  "subscribers",
  "student",
  "students",
  "driver",
  "drivers",
  "staff",
];

/** One to five words that begin in upper case, in any script that has one; or in a script that has none. */
const syntax =
  /^(?:\p{Lu}[\p{L}\p{M}'’.-]*|\p{Lo}[\p{Lo}\p{M}]*|(?:van|von|de|der|den|la|le|da|di|bin|al|el)\b)(?:,?\s+(?:\p{Lu}[\p{L}\p{M}'’.-]*|\p{Lo}[\p{Lo}\p{M}]*|(?:van|von|de|der|den|la|le|da|di|bin|al|el)\b)){0,4}$/u;

/** Names of persons: nothing tells them by themselves, so the column's and the table's names must. */
export const personName: Detector = {
  category: "name",
  title: "names of persons",
  test: ({ name, output }) => {
    const plain = name === "name" && persons.includes(wordsOf(output).at(-1) ?? "");
    return plain || nameSays(name, surely) ? (value) => syntax.test(value) : undefined;
  },
};
