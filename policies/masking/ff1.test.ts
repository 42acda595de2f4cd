import { FF1 } from "@noble/ciphers/ff1.js";
import { expect, it } from "vitest";

const key128 = "2b7e151628aed2a6abf7158809cf4f3c";
const key192 = `${key128}ef4359d8d580aa4f`;
const key256 = `${key192}7f036d6f04fc6a94`;
const tweak10 = "39383736353433323130";
const tweak36 = "3737373770717273373737";

const symbols = (text: string): number[] => [...text].map((symbol) => Number.parseInt(symbol, 36));

// The nine samples that NIST published with SP 800-38G for FF1.
it.each([
  [key128, 10, "", "0123456789", "2433477484"],
  [key128, 10, tweak10, "0123456789", "6124200773"],
  [key128, 36, tweak36, "0123456789abcdefghi", "a9tv40mll9kdu509eum"],
  [key192, 10, "", "0123456789", "2830668132"],
  [key192, 10, tweak10, "0123456789", "2496655549"],
  [key192, 36, tweak36, "0123456789abcdefghi", "xbj3kv35jrawxv32ysr"],
  [key256, 10, "", "0123456789", "6657667009"],
  [key256, 10, tweak10, "0123456789", "1001623463"],
  [key256, 36, tweak36, "0123456789abcdefghi", "xs8a0azh2avyalyzuwd"],
])("FF1 under %s, radix %i, tweak %s turns %s into %s", (key, radix, tweak, plain, cipher) => {
  const ff1 = FF1(radix, Buffer.from(key, "hex"), Buffer.from(tweak, "hex"));
  expect(
    ff1
      .encrypt(symbols(plain))
      .map((symbol) => symbol.toString(36))
      .join(""),
  ).toBe(cipher);
});
