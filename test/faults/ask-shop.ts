/** A client of the shop's server, and what it expects of it. */
import { expect } from "vitest";
import type { ShopServer } from "./shop-server.ts";

const graphql = "application/graphql-response+json";

export interface Answer {
  readonly status: number;
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly { readonly message: string; readonly extensions: Readonly<Record<string, unknown>> }[];
}

export async function send(
  shop: ShopServer,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(shop.url, {
    method: "POST",
    body,
    headers: { "content-type": "application/json", accept: graphql, ...headers },
  });
  return { ...((await response.json()) as Omit<Answer, "status">), status: response.status };
}

export const ask = (shop: ShopServer, query: string, rest: object = {}): Promise<Answer> =>
  send(shop, JSON.stringify({ query, ...rest }));

/** What went before has done no harm. */
export async function expectAlive(shop: ShopServer): Promise<void> {
  expect(await ask(shop, "{ me { name } orders(first: 1) { customer { city(upper: true) } } }")).toEqual({
    status: 200,
    data: { me: { name: "Ada" }, orders: [{ customer: { city: "LONDON" } }] },
    extensions: expect.anything(),
  });
  expect(await shop.metric("mesh_gateway_requests_in_flight")).toBe(0);
}

export const refused = (status: number, code: string, message: string | RegExp) => ({
  status,
  data: undefined,
  code,
  message: typeof message === "string" ? message : expect.stringMatching(message),
});

export function summary({ status, data, errors }: Answer): object {
  return { status, data, code: errors?.[0]?.extensions.code, message: errors?.[0]?.message };
}
