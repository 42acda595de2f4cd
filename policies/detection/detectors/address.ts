import { type Detector, nameSays } from "../detector.ts";

const streets = [
  "street",
  "street_address",
  "address_line",
  "address_line_1",
  "address_line_2",
  "home_address",
  "shipping_address",
  "billing_address",
  "postal_address",
  "strasse",
  "address",
];
const postcodes = ["postal_code", "postcode", "zip", "zip_code", "zipcode", "plz"];

/** Streets with a number, and postal codes, in columns that are called so. */
export const address: Detector = {
  category: "address",
  title: "postal addresses",
  test: ({ name }) => {
    // `email_address`, `ip_address`: what they are, others find out.
    if (nameSays(name, ["email", "mail", "ip", "mac", "web", "url", "wallet"])) return undefined;
    if (nameSays(name, postcodes)) return (value) => /^[A-Z0-9][A-Z0-9 -]{2,9}$/i.test(value) && /\d/.test(value);
    return nameSays(name, streets) ? (value) => /\p{L}{2}/u.test(value) && /\d/.test(value) : undefined;
  },
};
