/**
 * The usual shape of federation benchmarks: four subgraphs (accounts, inventory, products, reviews), a query five levels
 * deep over few entities, so that the answer repeats each of them many times. All data come from a small seeded generator.
 */
import { buildSubgraphSchema } from "@apollo/subgraph";
import { type GraphQLSchema, parse } from "graphql";

interface User {
  readonly id: string;
  readonly name: string;
  readonly username: string;
  readonly birthday: string;
}
interface Product {
  readonly upc: string;
  readonly name: string;
  readonly price: number;
  readonly weight: number;
  readonly inStock: boolean;
}
interface Review {
  readonly id: string;
  readonly body: string;
  readonly authorId: string;
  readonly upc: string;
}

export interface ShopSize {
  readonly users: number;
  readonly products: number;
  /** So many products have reviews: the first ones. */
  readonly reviewed: number;
  readonly reviews: number;
}

/** Gives an answer of about 87 KB to `deepQuery`, which sees only what has reviews, and 1,000 products to `wideQuery`. */
const usualSize: ShopSize = { users: 6, products: 1000, reviewed: 9, reviews: 23 };

/** In every name: where a server may count, so that no two of its answers are the same. */
export const mark = "#0000";

const words = "couch chair table lamp desk shelf mirror rug clock vase stool bench sofa frame curtain bed".split(" ");
const opinions = "sturdy soft bright pricey lovely wobbly heavy simple elegant noisy useful tiny".split(" ");

type Random = (below: number) => number;

/** Numerical Recipes' linear congruential generator: the same data on every machine. */
function createRandom(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
}

export interface Subgraph {
  readonly name: string;
  readonly sdl: string;
  readonly schema: GraphQLSchema;
}

const federation = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", "@provides", "@shareable"])\n`;

/** The four subgraphs over `size` rows, deterministic for a seed. */
export function createShop(size: ShopSize = usualSize, seed = 59): readonly Subgraph[] {
  // One generator each: more products do not change the reviews.
  const [randomUser, randomProduct, randomReview] = [seed, seed + 1, seed + 2].map(createRandom) as [
    Random,
    Random,
    Random,
  ];
  const users: User[] = Array.from({ length: size.users }, (_, i) => ({
    id: `u${i + 1}`,
    name: `User "${words[i % words.length]}" ${i + 1} ${mark}`,
    username: `${opinions[i % opinions.length]}-${i + 1}`,
    birthday: `19${50 + randomUser(50)}-0${1 + randomUser(9)}-1${randomUser(10)}`,
  }));
  const products: Product[] = Array.from({ length: size.products }, (_, i) => ({
    upc: `p${i + 1}`,
    name: `${words[i % words.length]} ${i + 1} ${mark}`,
    price: 10 + randomProduct(2000),
    weight: 1 + randomProduct(3000),
    inStock: randomProduct(2) === 1,
  }));
  const reviews: Review[] = Array.from({ length: size.reviews }, (_, i) => ({
    id: `r${i + 1}`,
    body: `${opinions[randomReview(opinions.length)]} and ${opinions[randomReview(opinions.length)]}: ${"would buy again ".repeat(1 + randomReview(3)).trim()}`,
    authorId: `u${1 + randomReview(Math.max(1, Math.min(size.users, 3 + (size.users >> 1))))}`,
    upc: `p${1 + randomReview(size.reviewed)}`,
  }));
  const productOf = new Map(products.map((product) => [product.upc, product]));
  const userOf = new Map(users.map((user) => [user.id, user]));

  const define = (name: string, sdl: string, resolvers: object): Subgraph => ({
    name,
    sdl: federation + sdl,
    schema: buildSubgraphSchema([{ typeDefs: parse(federation + sdl), resolvers: resolvers as never }]),
  });

  return [
    define(
      "accounts",
      `type Query { me: User user(id: ID!): User users: [User] }
       type User @key(fields: "id") { id: ID! name: String username: String @shareable birthday: String }`,
      {
        Query: {
          me: () => users[0],
          user: (_: unknown, { id }: { id: string }) => userOf.get(id),
          users: () => users,
        },
        User: { __resolveReference: ({ id }: { id: string }) => userOf.get(id) },
      },
    ),
    define(
      "inventory",
      `type Product @key(fields: "upc") {
         upc: String! weight: Int @external price: Int @external
         inStock: Boolean shippingEstimate: Int @requires(fields: "price weight")
       }`,
      {
        Product: {
          __resolveReference: (representation: { upc: string }) => {
            const product = productOf.get(representation.upc);
            return product === undefined ? null : { ...representation, inStock: product.inStock };
          },
          shippingEstimate: ({ price, weight }: Product) => (price > 1000 ? 0 : Math.round(weight / 2)),
        },
      },
    ),
    define(
      "products",
      `type Query { topProducts(first: Int = 5): [Product] }
       type Product @key(fields: "upc") { upc: String! name: String price: Int weight: Int }`,
      {
        Query: { topProducts: (_: unknown, { first }: { first: number }) => products.slice(0, first) },
        Product: { __resolveReference: ({ upc }: { upc: string }) => productOf.get(upc) },
      },
    ),
    define(
      "reviews",
      `type Review @key(fields: "id") { id: ID! body: String author: User @provides(fields: "username") product: Product }
       type User @key(fields: "id") { id: ID! username: String @external numberOfReviews: Int reviews: [Review] }
       type Product @key(fields: "upc") { upc: String! reviews: [Review] }
       type Mutation { addReview(upc: String!, body: String!): Review }`,
      {
        Review: {
          __resolveReference: ({ id }: { id: string }) => reviews.find((review) => review.id === id),
          author: ({ authorId }: Review) => ({ id: authorId, username: userOf.get(authorId)?.username }),
          product: ({ upc }: Review) => ({ upc }),
        },
        User: {
          __resolveReference: ({ id }: { id: string }) => ({ id, username: userOf.get(id)?.username }),
          numberOfReviews: ({ id }: User) => reviews.filter((review) => review.authorId === id).length,
          reviews: ({ id }: User) => reviews.filter((review) => review.authorId === id),
        },
        Product: {
          __resolveReference: ({ upc }: { upc: string }) => ({ upc }),
          reviews: ({ upc }: Product) => reviews.filter((review) => review.upc === upc),
        },
        Mutation: {
          addReview: (_: unknown, { upc, body }: { upc: string; body: string }) => ({
            id: "new",
            body,
            authorId: "u1",
            upc,
          }),
        },
      },
    ),
  ];
}

/** Few entities, five levels deep, nearly everything repeated. */
export const deepQuery = `
  fragment User on User { id username name }
  fragment Review on Review { id body }
  fragment Product on Product { inStock name price shippingEstimate upc weight }
  query Deep {
    users {
      ...User
      reviews {
        ...Review
        product {
          ...Product
          reviews { ...Review author { ...User reviews { ...Review product { ...Product } } } }
        }
      }
    }
    topProducts {
      ...Product
      reviews { ...Review author { ...User reviews { ...Review product { ...Product } } } }
    }
  }`;

/** Many entities, none repeated. */
export const wideQuery = `query Wide($first: Int!) {
  topProducts(first: $first) { upc name price weight inStock shippingEstimate }
}`;

/** One subgraph. */
export const smallQuery = `{ me { id name username } }`;
