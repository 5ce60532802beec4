"""Calls the official Python client as the lines of its input say, and prints the status of each answer."""

import inspect
import json
import re
import sys

import cloudflare

base_url, token = sys.argv[1:]
client = cloudflare.Cloudflare(api_token=token, base_url=base_url, max_retries=0)


def snake(name: str) -> str:
    name = name.replace("IdP", "Idp")
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def status(at, args):
    resource = client
    for name in at[:-1]:
        resource = getattr(resource, snake(name))
    given = [each for each in args if not isinstance(each, dict)]
    params = next((each for each in args if isinstance(each, dict)), {})
    kwargs = {snake(name): value for name, value in params.items()}
    # A few parameters have no name in this client: a body is sent all the same, a query field is left out.
    known = inspect.signature(getattr(resource, snake(at[-1]))).parameters
    unnamed = {name: kwargs.pop(name) for name in list(kwargs) if name not in known}
    if "body" in unnamed:
        kwargs["extra_body"] = unnamed["body"]
    method = getattr(resource.with_raw_response, snake(at[-1]))
    try:
        answer = method(*given, **kwargs)
    except cloudflare.APIStatusError as error:
        return error.status_code
    answer.parse()
    return answer.status_code


for line in sys.stdin:
    call = json.loads(line)
    try:
        print(json.dumps({"status": status(call["at"], call["args"])}), flush=True)
    except Exception as error:  # A method or argument that this client lacks.
        print(json.dumps({"problem": f"{type(error).__name__}: {error}"}), flush=True)
