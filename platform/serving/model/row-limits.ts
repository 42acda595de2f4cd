/** How many rows one field gives: the schema tells it (`@listSize`), the readers of arguments keep it. */

export const pageLimits = { default: 50, max: 1_000, orderTerms: 10 } as const;

export const aggregateLimits = { default: 1_000, max: 10_000, terms: 10 } as const;
