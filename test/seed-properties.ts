/**
 * Properties draw the same cases in every run, so that a commit which passed passes again; a failure prints its own seed.
 * `PROPERTY_SEED=random` draws new ones, to search: `PROPERTY_SEED=random ENGINE_CASES=2000 npx vitest run test/differential`.
 */
import fc from "fast-check";

const wanted = process.env.PROPERTY_SEED ?? "20260101";
if (wanted !== "random") fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(wanted) });
