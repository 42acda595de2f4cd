import { isIP } from "node:net";
import type { Detector } from "../detector.ts";

/** Public and private addresses of machines, which are mostly those of persons; versions of software are not. */
export const ipAddress: Detector = {
  category: "ip",
  title: "IP addresses",
  test: ({ name }) =>
    /version|release/.test(name)
      ? undefined
      : (value) => {
          const address = value.replace(/\/\d{1,3}$/, "");
          // `::1`, `0.0.0.0` and the like are no person's.
          return isIP(address) !== 0 && !/^(?:0\.0\.0\.0|127\.|::1?$|255\.)/.test(address);
        },
};
