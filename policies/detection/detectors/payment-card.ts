import { type Detector, isRepeated, passesLuhn } from "../detector.ts";

/** Visa, Mastercard (both ranges), American Express, Diners, Discover, JCB, UnionPay, Maestro. */
const issuers =
  /^(?:4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d{2}|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|6(?:011|4[4-9]\d|5\d{2})\d{12}|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17}|(?:50|5[6-9]|6\d)\d{10,17})$/;

/** Numbers of payment cards: the length and beginning of an issuer, and Luhn's check digit. */
export const paymentCard: Detector = {
  category: "payment-card",
  title: "payment card numbers",
  test: ({ isDate }) =>
    isDate
      ? undefined
      : (value) => {
          if (!/^\d(?:[ -]?\d){11,18}$/.test(value)) return false;
          const digits = value.replaceAll(/[ -]/g, "");
          return issuers.test(digits) && passesLuhn(digits) && !isRepeated(digits);
        },
};
