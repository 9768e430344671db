"""The same call, steered by a service on the official Python library: what one would write by hand."""

import asyncio
import itertools
import sys

from aiohttp import web
from azure.communication.callautomation import (
    DtmfTone,
    PhoneNumberIdentifier,
    RecognizeInputType,
    TextSource,
)
from azure.communication.callautomation.aio import CallAutomationClient
from azure.core.credentials import AzureKeyCredential

LINE = PhoneNumberIdentifier("+18005550100")
SALES = PhoneNumberIdentifier("+14255550123")
SPEECH = "https://contoso-speech.cognitiveservices.azure.com/"


class App:
    def __init__(self, connection: str) -> None:
        # From a connection string it makes a client that insists on HTTPS.
        parts = dict(part.split("=", 1) for part in connection.split(";"))
        self.client = CallAutomationClient(parts["endpoint"], AzureKeyCredential(parts["accesskey"]))
        self.callers: dict[int, PhoneNumberIdentifier] = {}
        self.numbers = itertools.count()
        self.tasks: set[asyncio.Task] = set()
        self.own = ""

    def go(self, work) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def incoming(self, request: web.Request) -> web.Response:
        for event in await request.json():
            data = event["data"]
            number = next(self.numbers)
            self.callers[number] = PhoneNumberIdentifier(data["from"]["phoneNumber"]["value"])
            self.go(
                self.client.answer_call(
                    incoming_call_context=data["incomingCallContext"],
                    callback_url=f"{self.own}/calls/{number}",
                    cognitive_services_endpoint=SPEECH,
                )
            )
        return web.Response()

    async def callback(self, request: web.Request) -> web.Response:
        number = int(request.match_info["number"])
        for event in await request.json():
            data = event["data"]
            call = self.client.get_call_connection(data["callConnectionId"])
            match event["type"]:
                case "Microsoft.Communication.CallConnected":
                    self.go(
                        call.start_recognizing_media(
                            RecognizeInputType.DTMF,
                            self.callers[number],
                            play_prompt=TextSource(text="Press 1 for sales.", voice_name="en-US-JennyNeural"),
                            initial_silence_timeout=5,
                            dtmf_max_tones_to_collect=1,
                            operation_context="menu",
                        )
                    )
                case "Microsoft.Communication.RecognizeCompleted":
                    if data["dtmfResult"]["tones"] == [DtmfTone.ONE]:
                        self.go(
                            call.transfer_call_to_participant(
                                SALES, source_caller_id_number=LINE, operation_context="sales"
                            )
                        )
                case "Microsoft.Communication.CallDisconnected":
                    self.callers.pop(number, None)
        return web.Response()


async def main() -> None:
    app = App(sys.argv[1])
    router = web.Application()
    router.router.add_post("/webhooks/eventgrid", app.incoming)
    router.router.add_post("/calls/{number}", app.callback)
    runner = web.AppRunner(router)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    app.own = f"http://{host}:{port}"
    print(app.own, flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
