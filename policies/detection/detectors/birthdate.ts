import { type Detector, nameSays } from "../detector.ts";

const hints = [
  "birthdate",
  "birth_date",
  "date_of_birth",
  "dob",
  "birthday",
  "born_on",
  "born_at",
  "birth_year",
  "year_of_birth",
  "geburtsdatum",
  "geburtstag",
  "date_naissance",
  "fecha_nacimiento",
  "data_nascita",
];
const earliestYear = 1900;

/** Dates of the living, or years, in a column that is called so. */
export const birthdate: Detector = {
  category: "birthdate",
  title: "dates of birth",
  test: ({ name }) =>
    nameSays(name, hints)
      ? (value) => {
          const year = Number(/(?<!\d)\d{4}(?!\d)/.exec(value)?.[0] ?? Number.NaN);
          return year >= earliestYear && year <= new Date().getUTCFullYear();
        }
      : undefined,
};
