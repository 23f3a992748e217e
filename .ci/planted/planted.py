# What bandit must find, or it looks at nothing: .ci/look reads this first. Nothing runs it.
import pickle
from xml.etree import ElementTree

pickle.loads(body)
ElementTree.fromstring(body)
