// What every page can do: slide in the menu on a small screen, and open dialogs.
import { startDialogs } from "./dialogs.js";
import { startSides } from "./sides.js";

startSides();
startDialogs();
