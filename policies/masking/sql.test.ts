import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import pg from "pg";
import { afterAll, beforeAll, describe } from "vitest";
import { postgres } from "../../test/services.ts";
import { describeSqlMasks } from "./sql.suite.ts";

describe("masks in DuckDB", () => {
  let connection: DuckDBConnection;
  beforeAll(async () => {
    connection = await (await DuckDBInstance.create(":memory:")).connect();
  });
  afterAll(() => connection.closeSync());

  describeSqlMasks("DuckDB", () => async (expression, value, sqlType) => {
    const query = `select cast(${expression("v")} as varchar) from (select cast($1 as ${sqlType}) as v)`;
    const reader = await connection.runAndReadAll(query, [value]);
    return reader.getRows()[0]?.[0] as string | null;
  });
});

const server = await postgres();

describe.skipIf(server.missing !== undefined)(`masks in PostgreSQL ${server.missing ?? ""}`, () => {
  let client: pg.Client;
  beforeAll(async () => {
    client = new pg.Client({ connectionString: server.url });
    await client.connect();
  });
  afterAll(() => client.end());

  describeSqlMasks("PostgreSQL", () => async (expression, value, sqlType) => {
    const query = `select cast(${expression("v")} as varchar) as masked from (select cast($1::text as ${sqlType}) as v) as operand`;
    const { rows } = await client.query<{ masked: string | null }>(query, [value]);
    return rows[0]?.masked ?? null;
  });
});
