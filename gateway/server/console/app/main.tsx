import { render } from "preact";
import { App } from "./app.tsx";
import { openLink } from "./state/operation.ts";
import "./styles.css";

const root = document.getElementById("app");
if (root === null) throw new Error("index.html has an element with the id app");
openLink(location.hash);
addEventListener("hashchange", () => openLink(location.hash));
render(<App />, root);
