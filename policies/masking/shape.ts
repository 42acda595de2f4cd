/**
 * The shapes of text that a mask keeps. Written without back references, classes that differ between engines or
 * shorthand, so that the very same patterns run in JavaScript, DuckDB (RE2) and PostgreSQL.
 */

/** One `@`, a dot after it, no blanks: what a consumer's e-mail check at least asks for. */
export const emailPattern = "^[^@ ]+@[^@ ]+[.][^@ .]+$";

/** Seven or more digits (or stars, of a number that is masked already) with the usual marks of a phone number. */
export const phonePattern = "^[+]?([ ()./-]*[0-9*]){7,}[ ()./-]*$";

const email = new RegExp(emailPattern, "u");
const phone = new RegExp(phonePattern, "u");

export function isEmailShaped(text: string): boolean {
  return email.test(text);
}

export function isPhoneShaped(text: string): boolean {
  return phone.test(text);
}
