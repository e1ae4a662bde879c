// The API's description by Swagger UI. What is tried goes with the reader's session, and its CSRF token.

document.documentElement.classList.toggle("dark-mode", matchMedia("(prefers-color-scheme: dark)").matches);

const place = document.getElementById("api-docs");

function cookie(name) {
  const found = document.cookie.split("; ").find((each) => each.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

SwaggerUIBundle({
  url: place.dataset.schema,
  domNode: place,
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  filter: true,
  requestInterceptor(request) {
    const own = new URL(request.url, location.href).origin === location.origin;
    if (own && !["GET", "HEAD"].includes(request.method ?? "GET") && !request.headers.Authorization) {
      request.headers["X-CSRFToken"] = cookie("csrftoken");
    }
    return request;
  },
});
