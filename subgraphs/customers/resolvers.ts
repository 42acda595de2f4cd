/** What can be said of a customer without naming the person. */
import type { ProductResolvers } from "#platform";

function initials({ customer_id }: { readonly customer_id: string }): string {
  return customer_id.slice(0, customer_id.indexOf("-")).toUpperCase();
}

const resolvers: ProductResolvers = {
  Customer: {
    initials: { requires: ["customer_id"], resolve: initials },
  },
};

export default resolvers;
