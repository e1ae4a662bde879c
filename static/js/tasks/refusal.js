// Why a form was refused, beside its fields.
import { warn } from "./telling.js";

/** What others wrote meanwhile is shown; sending the form once more then goes over it, knowingly. */
export function showRefusal(form, problem) {
  const place = form.querySelector(".line-refused");
  if (!place || !problem.answer) {
    warn(problem.message);
    return;
  }
  const { fields = {}, theirs = {} } = problem.answer;
  const now = Object.entries(theirs).map(([name, value]) => `The ${words(name)} is now “${value || "empty"}”.`);
  place.textContent = [problem.message, ...now, now.length ? "Save again to use yours." : ""].join(" ").trim();
  for (const [name, value] of Object.entries(theirs)) form.elements[`was_${name}`].value = value;
  forgetFields(form);
  const wrong = form.elements[Object.keys({ ...theirs, ...fields })[0]];
  wrong?.setAttribute?.("aria-invalid", "true");
  wrong?.focus?.();
}

export function forgetRefusal(form) {
  const place = form.querySelector(".line-refused");
  if (place) place.textContent = "";
  forgetFields(form);
}

function forgetFields(form) {
  for (const field of form.elements) field.removeAttribute("aria-invalid");
}

function words(name) {
  return name.replace("_", " ");
}
