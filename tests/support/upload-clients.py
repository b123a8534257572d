"""Uploads by a Python client: url, content type, Authorization, then how many bytes of a file of this name."""

import json
import sys

client, url, content_type, authorization, filename, size = sys.argv[1:]
boundary = "boundary-of-a-test"
body = (
    f'--{boundary}\r\nContent-Disposition: form-data; name="stage"\r\n\r\nProd\r\n'
    f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n\r\n'
).encode() + bytes(int(size)) + f"\r\n--{boundary}--\r\n".encode()
headers = {"Content-Type": content_type}
if authorization:
    headers["Authorization"] = authorization

if client == "requests":
    import requests

    answer = requests.post(url, data=body, headers=headers)
    print(json.dumps({"status": answer.status_code, "code": answer.json()["code"], "connection": answer.headers["Connection"]}))
else:
    import http.client
    from urllib.parse import urlsplit

    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    connection.request("POST", urlsplit(url).path, body, headers)
    answer = connection.getresponse()
    code = json.loads(answer.read())["code"]
    print(json.dumps({"status": answer.status, "code": code, "connection": answer.getheader("Connection")}))
