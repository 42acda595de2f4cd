import { describe, expect, test } from "vitest";
import { readExampleQuery } from "./read-example-query.ts";

describe("an example query", () => {
  test("has its title, description and variables in its first comments, and keeps the others", () => {
    const text = `# title: Orders
# description: The first ones.
# variables: {"first": 2}

# How many there are.
query Orders($first: Int) { orders(first: $first) { id } }
`;
    expect(readExampleQuery(text, "a.graphql")).toEqual({
      findings: [],
      value: {
        title: "Orders",
        description: "The first ones.",
        variables: { first: 2 },
        query: "# How many there are.\nquery Orders($first: Int) { orders(first: $first) { id } }",
      },
    });
  });

  test("without a title is called after its file", () => {
    expect(readExampleQuery("{ a }", "examples/02-orders-per-month.graphql").value).toEqual({
      title: "orders per month",
      description: "",
      query: "{ a }",
    });
  });

  test("says in which line its query is wrong", () => {
    expect(readExampleQuery("# title: A\n\n{ a\n", "a.graphql")).toEqual({
      value: undefined,
      findings: [
        expect.objectContaining({ level: "error", code: "wrong-query", place: { file: "a.graphql", line: 3 } }),
      ],
    });
    expect(readExampleQuery("", "a.graphql").findings[0]?.code).toBe("wrong-query");
  });

  test.each(["[1]", "{", "1", "null"])("says that %s is no set of variables", (variables) => {
    expect(readExampleQuery(`# title: A\n# variables: ${variables}\n{ a }`, "a.graphql")).toEqual({
      value: undefined,
      findings: [expect.objectContaining({ code: "wrong-variables", place: { file: "a.graphql", line: 2 } })],
    });
  });
});
