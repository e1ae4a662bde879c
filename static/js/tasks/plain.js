// Pages whose forms write without a reload, and that follow what others change.
import { startLive } from "./live.js";

startLive();
