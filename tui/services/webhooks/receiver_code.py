"""Programs that take webhooks and verify them, to copy: the smallest that are right.

The official page's own whole Python example does not decode the secret (docs/replicate.md, Webhooks).
"""

from __future__ import annotations

PYTHON = """\
# pip install standardwebhooks starlette uvicorn
# REPLICATE_WEBHOOK_SECRET=$(replicate-tui webhooks secret) uvicorn receiver:app --port 8000
import os

from standardwebhooks import Webhook, WebhookVerificationError
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

webhook = Webhook(os.environ["REPLICATE_WEBHOOK_SECRET"])


async def hook(request):
    body = await request.body()  # the bytes as they came: JSON written anew has another signature
    try:
        prediction = webhook.verify(body, dict(request.headers))
    except WebhookVerificationError:
        return Response(status_code=401)
    print(prediction["id"], prediction["status"])  # keep it, answer, and work afterwards
    return Response(status_code=204)


app = Starlette(routes=[Route("/hook", hook, methods=["POST"])])
"""
NODE = """\
// npm install replicate
// REPLICATE_WEBHOOK_SECRET=$(replicate-tui webhooks secret) node receiver.cjs
const http = require("node:http");
const Replicate = require("replicate");

const secret = process.env.REPLICATE_WEBHOOK_SECRET;

http
  .createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString(); // as it came: JSON written anew has another signature
    const valid = await Replicate.validateWebhook({ headers: request.headers, body }, secret);
    response.writeHead(valid ? 204 : 401).end(); // answer, and work afterwards
    if (valid) console.log(JSON.parse(body).id, JSON.parse(body).status);
  })
  .listen(Number(process.env.PORT || 8000));
"""
LANGUAGES = (("python", "Python"), ("node", "Node"))


def receiver_code(language: str) -> str:
    """The program in "python" or "node"."""
    return NODE if language == "node" else PYTHON
