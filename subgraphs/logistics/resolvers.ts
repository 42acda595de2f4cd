/** How long the warehouse needed, and whether that kept the promise of the shipping class. */
import type { ProductResolvers } from "#platform";

/** Days between order and departure that each class promises at most. */
const promisedDays: Readonly<Record<string, number>> = {
  "Same Day": 0,
  "First Class": 3,
  "Second Class": 4,
  "Standard Class": 6,
};

interface Dates {
  /** `YYYY-MM-DD`, both. */
  readonly order_date: string;
  readonly ship_date: string;
}

const msPerDay = 86_400_000;

/** Whole days: a date alone is midnight UTC, where every day has 24 hours. */
function daysToShip({ order_date, ship_date }: Dates): number {
  return (Date.parse(ship_date) - Date.parse(order_date)) / msPerDay;
}

function onTime({ ship_mode, ...dates }: Dates & { readonly ship_mode: string }): boolean {
  const promised = promisedDays[ship_mode];
  // The manifest lists the classes; a new one needs a promise before it can be judged.
  if (promised === undefined) throw new Error(`The shipping class ${ship_mode} promises nothing.`);
  return daysToShip(dates) <= promised;
}

const resolvers: ProductResolvers = {
  Shipment: {
    daysToShip: { requires: ["order_date", "ship_date"], resolve: daysToShip },
    onTime: { requires: ["order_date", "ship_date", "ship_mode"], resolve: onTime },
  },
};

export default resolvers;
