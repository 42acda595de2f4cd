import { type Detector, nameSays } from "../detector.ts";

const latitudes = ["lat", "latitude"];
const longitudes = ["lon", "lng", "long", "longitude"];

/** Coordinates so exact that they tell a house: three decimals and more. */
export const geoPosition: Detector = {
  category: "geo",
  title: "geographic positions",
  test: ({ name }) => {
    const limit = nameSays(name, latitudes) ? 90 : nameSays(name, longitudes) ? 180 : undefined;
    if (limit === undefined) return undefined;
    return (value) => /^-?\d{1,3}\.\d{3,}$/.test(value) && Math.abs(Number(value)) <= limit;
  },
};
