import type { Detector } from "../detector.ts";

const syntax = /^(?:mailto:)?[^\s@<>"(),;:]{1,64}@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9-]{1,63})*\.[a-z]{2,24}$/i;
/** `Ada King <ada@example.org>` */
const named = /<[^\s@<>]{1,64}@[^\s@<>]+\.[a-z]{2,24}>$/i;

/** A whole value that is an e-mail address (RFC 5322's usual form). */
export const email: Detector = {
  category: "email",
  title: "e-mail addresses",
  test: () => (value) => syntax.test(value) || named.test(value),
};
